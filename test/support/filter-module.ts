import { mkdir, rename, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { cacheDirectory } from '../../operator/cli/cache-directory.ts';
import { compile } from '../../operator/artifact/compiler/compile.ts';
import { bundledJob, jobKey } from '../../operator/artifact/compiler/job.ts';

let module: Promise<string> | undefined;

/** Path of the bundled filter, built from the source as it is now: once for each state of it, as that takes seconds. */
export function filterModule(): Promise<string> {
  return (module ??= build());
}

async function build(): Promise<string> {
  const directory = join(cacheDirectory(process.env), 'test-filter');
  const job = await bundledJob({ optimize: 3, debug: false });
  const path = join(directory, `${await jobKey(job)}.wasm`);
  if (await stat(path).catch(() => undefined)) return path;
  await mkdir(directory, { recursive: true });
  const draft = `${path}.${process.pid}`;
  await writeFile(draft, await compile(job));
  await rename(draft, path);
  return path;
}
