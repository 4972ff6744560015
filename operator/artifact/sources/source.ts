import { createHash } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { AgentError } from '../../api/errors.ts';

/** Source text that is compiled. */
export type BuildSource =
  | { readonly kind: 'bundled'; readonly optimize: number; readonly debug: boolean }
  | {
      readonly kind: 'configMap';
      /** The ConfigMap's data: flat file names, `__` standing for `/`. */
      readonly files: Readonly<Record<string, string>>;
      readonly optimize: number;
      readonly debug: boolean;
    };

/** A compiled module that is fetched. */
export interface UrlSource {
  readonly kind: 'url';
  readonly url: string;
  /** 64 hex digits that the module's SHA-256 must have. */
  readonly digest?: string | undefined;
  /** PEM certificates to trust beside the public ones. */
  readonly caBundle?: string | undefined;
}

export type ArtifactSource = BuildSource | UrlSource;

/** All that the compiler reads: it sees these files and no other. */
export interface CompileJob {
  readonly arguments: readonly string[];
  /** Path, relative and normal → text. */
  readonly files: Readonly<Record<string, string>>;
  /** Whether static-text.ts and indirect-calls.ts work on it. */
  readonly isTuned: boolean;
}

const resolve = createRequire(import.meta.url).resolve;
const filterDirectory = fileURLToPath(new URL('../../../filter/', import.meta.url));

/** Where the compiler finds libraries. A user's file cannot have this name, as it begins with a dot. */
const libraryDirectory = '.lib';

/** Of a user's source: with garbage collection, as its code may make objects for each request. */
const userOptions = { runtime: 'incremental', converge: true, use: ['abort='] };

/** @throws {AgentError} SourceMissing, SourceInvalid */
export async function gatherCompileJob(source: BuildSource): Promise<CompileJob> {
  const libraries = await libraryFiles();
  const level = ['--optimizeLevel', String(source.optimize), ...(source.debug ? ['--debug'] : [])];
  if (source.kind === 'configMap') {
    const files = userFiles(source.files);
    return {
      arguments: ['index.ts', ...compilerArguments(userOptions), ...level],
      files: { ...libraries, ...files },
      isTuned: false,
    };
  }
  const config = JSON.parse(await readFile(join(filterDirectory, 'asconfig.json'), 'utf8')) as {
    options: Record<string, unknown>;
  };
  return {
    arguments: ['assembly/index.ts', ...compilerArguments(config.options), ...level],
    files: { ...libraries, ...(await installedTree(join(filterDirectory, 'assembly'), 'assembly')) },
    // Whoever debugs wants to see the calls as they are written.
    isTuned: !source.debug,
  };
}

/**
 * Stable name of a source: 40 hex digits over its content and the compiler, so that what has not changed is never built
 * twice. A URL is named by itself and its pin: a module is fetched from it once.
 */
export async function sourceKey(source: ArtifactSource): Promise<string> {
  const hash = createHash('sha256');
  if (source.kind === 'url') {
    hash.update(JSON.stringify([source.url, source.digest ?? null, source.caBundle ?? null]));
  } else {
    const job = await gatherCompileJob(source);
    const compiler = JSON.parse(await readFile(resolve('assemblyscript/package.json'), 'utf8')) as {
      version: string;
    };
    const files = Object.entries(job.files).sort(([a], [b]) => (a < b ? -1 : 1));
    hash.update(JSON.stringify([compiler.version, job.arguments, files]));
    if (job.isTuned) for (const pass of await tuningPasses()) hash.update(pass);
  }
  return hash.digest('hex').slice(0, 40);
}

let passes: Promise<string[]> | undefined;

/** The source of what works on a tuned module; read once, like all that is installed beside this file. */
function tuningPasses(): Promise<string[]> {
  const read = (name: string) => readFile(new URL(name, import.meta.url), 'utf8');
  return (passes ??= Promise.all(['../compiler/static-text.ts', '../compiler/indirect-calls.ts'].map(read)));
}

function compilerArguments(options: Readonly<Record<string, unknown>>): string[] {
  const given = Object.entries(options).flatMap(([name, value]) => {
    // The level comes from the spec; the library directory is ours.
    if (name === 'optimizeLevel' || name === 'lib' || value === false) return [];
    return value === true
      ? [`--${name}`]
      : [`--${name}`, Array.isArray(value) ? value.join(',') : String(value)];
  });
  return [...given, '--lib', libraryDirectory];
}

async function libraryFiles(): Promise<Record<string, string>> {
  const runtime = '@solo-io/proxy-runtime';
  const [ours, solo] = await Promise.all([
    installedTree(join(filterDirectory, 'lib'), libraryDirectory),
    installedTree(
      join(dirname(resolve(`${runtime}/package.json`)), 'assembly'),
      `${libraryDirectory}/${runtime}/assembly`,
    ),
  ]);
  return { ...ours, ...solo };
}

const installedTrees = new Map<string, Promise<Record<string, string>>>();

/** What is installed beside this file does not change while it runs: it is read once. */
function installedTree(directory: string, as: string): Promise<Record<string, string>> {
  const read = installedTrees.get(directory) ?? readTree(directory, as);
  installedTrees.set(directory, read);
  return read;
}

/** The TypeScript files below a directory, by their path below `as`. */
async function readTree(directory: string, as: string): Promise<Record<string, string>> {
  const entries = await readdir(directory, { recursive: true });
  const sources = entries.filter((entry) => entry.endsWith('.ts'));
  const files = await Promise.all(
    sources.map(async (entry) => [
      `${as}/${entry.replaceAll('\\', '/')}`,
      await readFile(join(directory, entry), 'utf8'),
    ]),
  );
  return Object.fromEntries(files) as Record<string, string>;
}

function userFiles(data: Readonly<Record<string, string>>): Record<string, string> {
  if (data['index.ts'] === undefined) {
    throw new AgentError('SourceMissing', 'the source has no file index.ts; put the filter’s entry there');
  }
  return Object.fromEntries(
    Object.entries(data).map(([key, text]) => {
      const path = key.replaceAll('__', '/');
      if (!/^([A-Za-z0-9_-][A-Za-z0-9._-]*\/)*[A-Za-z0-9_-][A-Za-z0-9._-]*\.ts$/.test(path)) {
        throw new AgentError(
          'SourceInvalid',
          `the source has the file "${key}"; a name is like rules.ts, or as a ConfigMap's key sub__rules.ts for sub/rules.ts`,
        );
      }
      return [path, text];
    }),
  );
}
