import { realpath } from 'node:fs/promises';
import { join } from 'node:path';
import { writeImageArchive } from '../../../hack/image/archive.ts';
import { accounts, librariesOf } from '../../../hack/image/host-files.ts';

export const workloadImage = 'local/workload:1';

/** Writes an image of this Node.js with the program that all pods of the mesh tests run. */
export async function writeWorkloadImage(output: string): Promise<void> {
  const node = await realpath(process.execPath);
  const program = join(import.meta.dirname, '..', 'workload', 'workload.mjs');
  await writeImageArchive({
    output,
    reference: workloadImage,
    layers: [
      [
        { path: '/usr/local/bin/node', file: node, mode: 0o755 },
        ...(await librariesOf(node)),
        ...accounts('workload', 65532),
      ],
      [{ path: '/workload.mjs', file: program, mode: 0o644 }],
    ],
    config: { Entrypoint: ['/usr/local/bin/node', '/workload.mjs'], User: '65532:65532' },
  });
}
