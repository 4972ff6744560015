import { realpath } from 'node:fs/promises';
import { writeImageArchive } from '../../../hack/image/archive.ts';
import { librariesOf, withoutDuplicates } from '../../../hack/image/host-files.ts';

/** Writes an image that has the name of Docker's image of Node.js, and what docs/tutorial.md needs of it. */
export async function writeNodeImage(output: string): Promise<void> {
  const node = await realpath(process.execPath);
  const sleep = '/usr/bin/sleep';
  await writeImageArchive({
    output,
    reference: 'docker.io/library/node:24-bookworm-slim',
    layers: [
      withoutDuplicates([
        { path: '/usr/local/bin/node', file: node, mode: 0o755 },
        { path: sleep, file: sleep, mode: 0o755 },
        ...(await librariesOf(node)),
        ...(await librariesOf(sleep)),
      ]),
    ],
    config: { Entrypoint: ['node'], Env: ['PATH=/usr/local/bin:/usr/bin'] },
  });
}
