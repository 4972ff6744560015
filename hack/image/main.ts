/** `npm run image -- --output PATH [--unpacked]`: writes the operator's image without Docker, as `docker save` does, or its files. */
import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { resolve } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { commandLine } from '../command-line.ts';
import { operatorImage, writeOperatorImage, writeOperatorTree } from './operator-image.ts';

const { output, unpacked } = commandLine(
  'npm run image',
  "Write the operator's image as an archive for docker load, ctr images import or kind load",
)
  .requiredOption('--output <path>', 'where to write it')
  .option('--unpacked', 'write its files into a new folder instead, as the Dockerfile does')
  .parse()
  .opts<{ output: string; unpacked?: boolean }>();

if (unpacked) {
  await writeOperatorTree(resolve(output));
} else {
  await writeOperatorImage(resolve(output));
  const hash = createHash('sha256');
  await pipeline(createReadStream(output), hash);
  const mebibytes = Math.round((await stat(output)).size / 1024 / 1024);
  console.log(`${output}  ${mebibytes} MiB  sha256 ${hash.digest('hex')}`);
  console.log(
    `Load it with: docker load --input ${output}  (it is ${operatorImage.repository}:${operatorImage.tag})`,
  );
}
