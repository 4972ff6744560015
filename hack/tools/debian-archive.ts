import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { CommandMissing, run } from './run.ts';
import type { DebianArchive } from './spec.ts';

/**
 * Downloads a Debian package into a folder, which apt checks against the signed lists of its archive, and returns the executable's
 * path. The package is only unpacked: installed, it might start a service.
 */
export async function unpackDebianArchive(
  { package: name, member }: DebianArchive,
  directory: string,
  environment: NodeJS.ProcessEnv,
): Promise<string> {
  const inDirectory = { cwd: directory, environment, timeoutSeconds: 300 };
  const download = () => run(['apt-get', 'download', name], inDirectory);
  try {
    await download().catch(async (error: unknown) => {
      if (error instanceof CommandMissing) throw error;
      // The lists of packages are absent in an image of Debian, or name a version that was replaced since.
      await run(['apt-get', 'update', '--quiet'], inDirectory);
      return download();
    });
  } catch (error) {
    if (!(error instanceof CommandMissing)) throw error;
    throw new Error(`this machine has no apt-get for the Debian package ${name}`, { cause: error });
  }
  const file = (await readdir(directory)).find((entry) => entry.endsWith('.deb'));
  if (!file) throw new Error(`apt-get downloaded no file for ${name}`);
  const unpacked = join(directory, 'unpacked');
  await run(['dpkg-deb', '--extract', join(directory, file), unpacked], inDirectory);
  return join(unpacked, member);
}
