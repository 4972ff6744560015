import { build, type Plugin } from 'esbuild';
import { globSync } from 'node:fs';
import { chmod, mkdir, readFile, writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import projectPackage from '../../package.json' with { type: 'json' };

const root = join(import.meta.dirname, '..', '..');
/** Oldest version that the file runs on: the Kubernetes client's HTTP library needs it. */
const nodeMin = '22.19.0';

/** Commands that compile or check modules: that takes the compiler and the sandbox, which are more than one file. */
const compiling = ['init', 'dev', 'build', 'test', 'record', 'replay', 'render'];

/** Files that pages consist of; see `ownFile`. */
async function ownFiles(): Promise<string> {
  const operator = join(root, 'operator');
  const paths = globSync(['backend/page/client/*', 'cli/dashboard/client/*'], { cwd: operator }).sort();
  const entries = paths.map(async (path) => [path, await readFile(join(operator, path), 'base64')] as const);
  return `const files = ${JSON.stringify(Object.fromEntries(await Promise.all(entries)))};
export const ownFile = (path) => Buffer.from(files[path], 'base64');`;
}

function withoutCompiler(name: string): string {
  return `import { Failure } from '../failure.ts';
export function define(command) {
  command.allowUnknownOption().allowExcessArguments().action(() => {
    throw new Failure('the one-file spagent has no compiler: run spagent ${name} from a checkout (npm ci, README.md)');
  });
}`;
}

const replaced: Plugin = {
  name: 'what one file cannot hold',
  setup({ onLoad, onResolve }) {
    onLoad({ filter: /operator\/backend\/page\/own-file\.ts$/ }, async () => ({
      contents: await ownFiles(),
      loader: 'js',
    }));
    // Only `spagent backend` needs it, and loading it prints a warning in Node 22.
    onResolve({ filter: /^node:sqlite$/ }, ({ path }) => ({ path, namespace: 'when-needed' }));
    onLoad({ filter: /.*/, namespace: 'when-needed' }, ({ path }) => ({
      contents: `export const { DatabaseSync } = process.getBuiltinModule('${path}');`,
    }));
    const commands = new RegExp(`operator/cli/commands/(${compiling.join('|')})\\.ts$`);
    onLoad({ filter: commands }, ({ path }) => ({
      contents: withoutCompiler(basename(path, '.ts')),
      loader: 'js',
      resolveDir: join(root, 'operator', 'cli', 'commands'),
    }));
  },
};

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

/** What comes before everything: packages of the other module system ask for `require`. */
const banner = `#!/usr/bin/env node
import { createRequire as createRequireOfBundle } from 'node:module';
const require = createRequireOfBundle(import.meta.url);`;

/**
 * Writes the command line as a package of one program file, which needs nothing but Node.
 * @returns the path of that file.
 */
export async function bundleCommandLine(directory: string): Promise<string> {
  const file = join(directory, 'spagent.mjs');
  await mkdir(directory, { recursive: true });
  const { metafile } = await build({
    absWorkingDir: root,
    metafile: true,
    entryPoints: [join(root, 'operator', 'cli', 'main.ts')],
    outfile: file,
    bundle: true,
    platform: 'node',
    format: 'esm',
    target: `node${nodeMin}`,
    inject: [join(import.meta.dirname, 'node-22.ts')],
    banner: { js: banner },
    plugins: [replaced],
    minify: true,
    keepNames: true,
    legalComments: 'none',
    logLevel: 'error',
  });
  await chmod(file, 0o755);
  const { version, description, license } = projectPackage;
  const manifest = {
    ...{ name: 'spagent', version, description, license, type: 'module' },
    engines: { node: `>=${nodeMin}` },
    bin: { spagent: 'spagent.mjs', 'kubectl-spagent': 'spagent.mjs' },
    files: ['spagent.mjs', 'licenses.txt'],
  };
  await writeFile(join(directory, 'licenses.txt'), await licensesOf(Object.keys(metafile.inputs)));
  await writeFile(join(directory, 'package.json'), `${JSON.stringify(manifest, null, 2)}\n`);
  return file;
}
