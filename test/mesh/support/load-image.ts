import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Mesh } from '../../../hack/mesh/mesh.ts';

/** Loads an image into the mesh. @param write writes its archive into a file. */
export async function loadImage(
  mesh: Pick<Mesh, 'loadImage'>,
  write: (archive: string) => Promise<void>,
): Promise<void> {
  const directory = await mkdtemp(join(tmpdir(), 'sp-agent-image-'));
  try {
    const archive = join(directory, 'image.tar');
    await write(archive);
    await mesh.loadImage(archive);
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
}
