import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { checkModule } from '../../artifact/check/check-module.ts';
import { compile } from '../../artifact/compiler/compile.ts';
import { bundledJob } from '../../artifact/compiler/job.ts';
import { readModule } from '../given-file.ts';
import { requirePackageFiles } from '../package-files.ts';
import type { TrialModule } from './local-proxy.ts';

/** The module in the file, checked; without a file the bundled filter, which is built and removed with the stack. */
export async function trialModule(
  stack: AsyncDisposableStack,
  given: string | undefined,
): Promise<TrialModule> {
  requirePackageFiles();
  const file = given ?? (await buildBundledModule(stack));
  const { sizeBytes, digest, readsSpec, rootId } = await checkModule(await readModule(file));
  return { file, sizeBytes, digest, readsSpec, rootId };
}

async function buildBundledModule(stack: AsyncDisposableStack): Promise<string> {
  const directory = await mkdtemp(join(tmpdir(), 'spagent-'));
  stack.defer(() => rm(directory, { recursive: true, force: true }));
  const module = join(directory, 'sp_agent.wasm');
  await writeFile(module, await compile(await bundledJob({ optimize: 3, debug: false })));
  return module;
}
