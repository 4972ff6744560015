import { hash } from 'node:crypto';
import { chmod, readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { CommandMissing, run } from './run.ts';
import type { Wheel } from './spec.ts';

const python =
  'install Python 3 with pip (Debian: apt-get install python3 python3-pip; macOS: brew install python)';

/** Fetches a wheel from the Python package index into a folder, checks it and returns the executable's path. */
export async function unpackWheel(
  wheel: Wheel,
  directory: string,
  environment: NodeJS.ProcessEnv,
): Promise<string> {
  const platform = `${process.platform}-${process.arch}`;
  const expected = wheel.sha256[platform];
  const requirement = `${wheel.distribution}==${wheel.version}`;
  if (!expected) throw new Error(`the wheel ${requirement} does not exist for ${platform}`);
  const download = ['-m', 'pip', 'download', '--quiet', '--no-deps', '--only-binary=:all:', '-d', directory];
  try {
    await run(['python3', ...download, requirement], { environment, timeoutSeconds: 600 });
  } catch (error) {
    if (error instanceof CommandMissing)
      throw new Error(`python3 is not on PATH: ${python}`, { cause: error });
    if (error instanceof Error && error.message.includes('No module named pip')) {
      throw new Error(`python3 has no pip: ${python}`, { cause: error });
    }
    throw error;
  }
  const fileName = (await readdir(directory)).find((name) => name.endsWith('.whl'));
  if (!fileName) throw new Error(`pip downloaded no wheel for ${requirement}`);
  const file = join(directory, fileName);
  const actual = hash('sha256', await readFile(file));
  if (actual !== expected) {
    throw new Error(`${fileName} has sha256 ${actual}, pinned is ${expected}: not used`);
  }
  await run(['python3', '-m', 'zipfile', '-e', file, directory], { environment, timeoutSeconds: 120 });
  const executable = join(directory, wheel.member);
  await chmod(executable, 0o755);
  return executable;
}
