import { globSync, readFileSync, statSync } from 'node:fs';
import { cp } from 'node:fs/promises';
import { join } from 'node:path';

const root = join(import.meta.dirname, '..', '..');

/** Packages that are files to a build: the compiler, which a sandbox runs, and the SDK's source. */
const packages = ['assemblyscript', 'binaryen', 'long', '@solo-io/proxy-runtime'];

const files = [
  'filter/**',
  // Their text is a part of the name by which a built module is known.
  'operator/artifact/compiler/{indirect-calls,root-id,static-text}.ts',
  ...packages.map((name) => `node_modules/${name}/{package.json,LICENSE,NOTICE,assembly/**}`),
  'node_modules/assemblyscript/{dist/{asc,assemblyscript},lib/binaryen}.js',
  'node_modules/assemblyscript/std/assembly/index.d.ts',
  // Its second file is the one by which a sandbox finds the folder.
  'node_modules/{binaryen/index,long/index,long/umd/index}.js',
];

/** Copies what the program reads beside its code. */
export async function copyPackageData(directory: string): Promise<void> {
  for (const path of globSync(files, { cwd: root })) {
    if (statSync(join(root, path)).isFile()) await cp(join(root, path), join(directory, path));
  }
}

/** Packages in the package, and their versions: npm installs them from it, without a registry. */
export function bundledDependencies(): Record<string, string> {
  return Object.fromEntries(packages.map((name) => [name, versionOf(name)]));
}

function versionOf(name: string): string {
  const file = join(root, 'node_modules', name, 'package.json');
  return (JSON.parse(readFileSync(file, 'utf8')) as { version: string }).version;
}
