import { access } from 'node:fs/promises';
import { startStep } from './progress.ts';
import { CommandMissing, run } from './run.ts';

export interface DebianPackage {
  readonly name: string;
  /** A file that is there when the package is. */
  readonly file: string;
}

/** Installs the packages that this machine lacks, and logs the command. @throws when that is not possible, naming the packages. */
export async function ensureDebianPackages(
  packages: readonly DebianPackage[],
  { neededBy, log }: { readonly neededBy: string; log(line: string): void },
): Promise<void> {
  const missing: string[] = [];
  for (const { name, file } of packages) await access(file).catch(() => missing.push(name));
  if (missing.length === 0) return;
  const install = ['apt-get', 'install', '--yes', '--no-install-recommends', ...missing] as const;
  const environment = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
  log(`installing what this machine lacks: ${install.join(' ')}`);
  try {
    using _ = startStep('Installing Debian packages', 30);
    await run(['apt-get', 'update', '--quiet'], { environment, timeoutSeconds: 300 });
    await run([...install], { environment, timeoutSeconds: 600 });
  } catch (error) {
    const where =
      error instanceof CommandMissing
        ? 'this machine has no apt-get: install what these Debian packages contain'
        : 'apt-get could not install them';
    throw new Error(`${neededBy} needs ${missing.join(', ')}; ${where}`, { cause: error });
  }
}
