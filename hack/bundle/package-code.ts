import cyclonedx from '@cyclonedx/cyclonedx-library/package.json' with { type: 'json' };
import { build, type BuildOptions, type Plugin } from 'esbuild';
import { globSync } from 'node:fs';
import { chmod, readFile } from 'node:fs/promises';
import { join, relative } from 'node:path';

/** Oldest version that the code runs on: the Kubernetes client's HTTP library needs it. */
export const nodeMin = '22.19.0';

const root = join(import.meta.dirname, '..', '..');

/** Programs that a sandbox starts from their files. */
const programs = ['process', 'thread', 'lockdown'];
const sandbox = 'operator/artifact/sandbox';

/** Node strips no types below node_modules, so that these programs are JavaScript in the package. */
const programName = new RegExp(`'\\./(${programs.join('|')})\\.ts'`, 'g');

/** Files that pages consist of; see `ownFile`. */
async function ownFiles(): Promise<string> {
  const operator = join(root, 'operator');
  const paths = globSync(['backend/page/client/*', 'cli/dashboard/client/*'], { cwd: operator }).sort();
  const entries = paths.map(async (path) => [path, await readFile(join(operator, path), 'base64')] as const);
  return `const files = ${JSON.stringify(Object.fromEntries(await Promise.all(entries)))};
export const ownFile = (path) => Buffer.from(files[path], 'base64');`;
}

/** Code that looks for a file beside itself looks where its own file would lie in the package. */
async function inItsPlace(path: string): Promise<string> {
  const place = `new URL('./${relative(root, path)}', import.meta.url).href`;
  const code = await readFile(path, 'utf8');
  return code.replaceAll('import.meta.url', place).replace(programName, "'./$1.mjs'");
}

const oneFile: Plugin = {
  name: 'one file',
  setup({ onLoad, onResolve }) {
    onLoad({ filter: /operator\/.*\.ts$/ }, async ({ path }) => ({
      contents: path.endsWith('/page/own-file.ts') ? await ownFiles() : await inItsPlace(path),
      loader: 'ts',
    }));
    // Only commands with a backend need it, and loading it prints a warning in Node 22.
    onResolve({ filter: /^node:sqlite$/ }, ({ path }) => ({ path, namespace: 'when-needed' }));
    onLoad({ filter: /.*/, namespace: 'when-needed' }, ({ path }) => ({
      contents: `export const { DatabaseSync } = process.getBuiltinModule('${path}');`,
    }));
  },
};

const ownPlace: Plugin = {
  name: 'programs of a sandbox',
  setup({ onLoad }) {
    onLoad({ filter: /\/sandbox\/process\.ts$/ }, async ({ path }) => ({
      contents: (await readFile(path, 'utf8')).replace(programName, "'./$1.mjs'"),
      loader: 'ts',
    }));
  },
};

/** Packages that this one uses where they are installed: validators, and what XML needs. */
const optionalPackages = Object.keys(cyclonedx.peerDependencies);

/** What comes before everything: packages of the other module system ask for `require`. */
const banner = `#!/usr/bin/env node
import { createRequire as createRequireOfBundle } from 'node:module';
const require = createRequireOfBundle(import.meta.url);`;

const common = {
  absWorkingDir: root,
  bundle: true,
  platform: 'node',
  format: 'esm',
  target: `node${nodeMin}`,
  minify: true,
  keepNames: true,
  legalComments: 'none',
  logLevel: 'error',
} satisfies BuildOptions;

/**
 * Writes the command line as one file.
 * @returns the paths of everything that is in it, below the checkout.
 */
export async function bundleCommandLine(outfile: string): Promise<string[]> {
  const { metafile } = await build({
    ...common,
    metafile: true,
    entryPoints: [join(root, 'operator', 'cli', 'main.ts')],
    outfile,
    external: optionalPackages,
    inject: [join(import.meta.dirname, 'node-22.ts')],
    banner: { js: banner },
    plugins: [oneFile],
  });
  await chmod(outfile, 0o755);
  return Object.keys(metafile.inputs);
}

/** Writes the programs of a sandbox where the command line looks for them. The compiler is a package of its own. */
export async function bundleSandbox(directory: string): Promise<void> {
  await build({
    ...common,
    entryPoints: programs.map((name) => join(root, sandbox, `${name}.ts`)),
    outdir: join(directory, sandbox),
    outExtension: { '.js': '.mjs' },
    // What a job does not need is not loaded.
    splitting: true,
    external: ['assemblyscript'],
    plugins: [ownPlace],
  });
}
