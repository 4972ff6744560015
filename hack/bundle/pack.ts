import { execFile } from 'node:child_process';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';

/**
 * Packs the package into an archive, as npm publishes it.
 * @param destination folder of the archive.
 * @returns the path of the archive.
 */
export async function packArchive(directory: string, destination: string): Promise<string> {
  const { stdout } = await promisify(execFile)(
    'npm',
    ['pack', '--json', '--ignore-scripts', '--pack-destination', resolve(destination)],
    { cwd: directory, maxBuffer: 64 * 1024 * 1024 },
  );
  const [packed] = JSON.parse(stdout) as [{ readonly filename: string }];
  return join(destination, packed.filename);
}
