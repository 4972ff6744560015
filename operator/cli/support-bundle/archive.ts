import { createWriteStream } from 'node:fs';
import { pipeline } from 'node:stream/promises';
import { createGzip } from 'node:zlib';
import { pack } from 'tar-stream';
import type { BundleFile } from './collector.ts';

/** Writes a .tar.gz with one folder. @throws where the file exists. */
export async function writeArchive(
  file: string,
  folder: string,
  files: readonly BundleFile[],
): Promise<void> {
  const tar = pack();
  for (const { path, text } of files) tar.entry({ name: `${folder}/${path}` }, text);
  tar.finalize();
  await pipeline(tar, createGzip(), createWriteStream(file, { flags: 'wx', mode: 0o600 }));
}
