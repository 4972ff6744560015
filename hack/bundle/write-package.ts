import { globSync } from 'node:fs';
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import projectPackage from '../../package.json' with { type: 'json' };
import { bundleCommandLine, bundleSandbox, nodeMin } from './package-code.ts';
import { bundledDependencies, copyPackageData } from './package-data.ts';

const root = join(import.meta.dirname, '..', '..');

/** The licences of the packages that came into the file. */
async function licensesOf(inputs: readonly string[]): Promise<string> {
  const packages = new Set(
    inputs.flatMap((path) => /^.*node_modules\/(?:@[^/]+\/)?[^/]+/.exec(path)?.[0] ?? []),
  );
  const texts = [...packages].sort().map(async (folder) => {
    const name = folder.slice(folder.lastIndexOf('node_modules/') + 'node_modules/'.length);
    const files = globSync('{LICENSE,LICENCE,license,License}*', { cwd: join(root, folder) }).sort();
    const text =
      files[0] === undefined ? 'see its package.json' : await readFile(join(root, folder, files[0]), 'utf8');
    return `${name}\n\n${text.trim()}\n`;
  });
  return (await Promise.all(texts)).join(`\n${'-'.repeat(70)}\n\n`);
}

/**
 * Writes the package `spagent`, which needs nothing but Node: the command line in one file, and beside it what builds and checks
 * filters. What was in the directory is removed.
 * @returns the path of the program, which works without the rest too, but for the commands that build or check a filter.
 */
export async function writePackage(directory: string): Promise<string> {
  const program = join(directory, 'spagent.mjs');
  await rm(directory, { recursive: true, force: true });
  await mkdir(directory, { recursive: true });
  const inputs = await bundleCommandLine(program);
  await bundleSandbox(directory);
  await copyPackageData(directory);
  const { version, description, license } = projectPackage;
  const dependencies = bundledDependencies();
  const manifest = {
    ...{ name: 'spagent', version, description, license, type: 'module' },
    engines: { node: `>=${nodeMin}` },
    bin: { spagent: 'spagent.mjs', 'kubectl-spagent': 'spagent.mjs' },
    files: ['spagent.mjs', 'licenses.txt', 'filter', 'operator'],
    dependencies,
    bundleDependencies: Object.keys(dependencies),
  };
  await writeFile(join(directory, 'licenses.txt'), await licensesOf(inputs));
  await writeFile(join(directory, 'package.json'), `${JSON.stringify(manifest, null, 2)}\n`);
  return program;
}
