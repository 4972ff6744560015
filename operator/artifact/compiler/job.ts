import { createHash } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Provenance } from '../../api/artifact.ts';
import { AgentError } from '../../api/errors.ts';

export interface BuildOptions {
  /** 0 to 3. */
  readonly optimize: number;
  /** Keep the names of functions in the module. */
  readonly debug: boolean;
}

/** All that the compiler reads: it sees these files and no other. */
export interface CompileJob {
  readonly arguments: readonly string[];
  /** Path, relative and normal → text. */
  readonly files: Readonly<Record<string, string>>;
  /** Whether static-text.ts and indirect-calls.ts work on it, instead of root-id.ts. */
  readonly isTuned: boolean;
}

export interface JobDescription {
  /** Name of what the job gives, see `jobKey`. */
  readonly key: string;
  readonly provenance: Provenance;
}

const resolve = createRequire(import.meta.url).resolve;
const filterDirectory = fileURLToPath(new URL('../../../filter/', import.meta.url));

/** Where the compiler finds libraries. A user's file cannot have this name, as it begins with a dot. */
const libraryDirectory = '.lib';

/** Of a user's source: with garbage collection, as its code may make objects for each request. */
function userOptions({ optimize }: BuildOptions): Readonly<Record<string, unknown>> {
  return { runtime: 'incremental', converge: optimize > 0, use: ['abort='] };
}

/** The bundled filter. @param directory of its sources. */
export async function bundledJob(options: BuildOptions, directory = filterDirectory): Promise<CompileJob> {
  const config = JSON.parse(await readFile(join(directory, 'asconfig.json'), 'utf8')) as {
    options: Record<string, unknown>;
  };
  return {
    arguments: ['assembly/index.ts', ...compilerArguments(config.options), ...levelArguments(options)],
    files: {
      ...(await libraryFiles()),
      ...(await installedTree(join(directory, 'assembly'), 'assembly')),
    },
    // Whoever debugs wants to see the calls as they are written.
    isTuned: !options.debug,
  };
}

/**
 * A user's own source.
 * @param files as the data of a ConfigMap: flat names, `__` standing for `/`.
 * @throws {AgentError} SourceMissing, SourceInvalid
 */
export async function userJob(
  files: Readonly<Record<string, string>>,
  options: BuildOptions,
): Promise<CompileJob> {
  const own = userFiles(files);
  return {
    arguments: ['index.ts', ...compilerArguments(userOptions(options)), ...levelArguments(options)],
    files: { ...(await libraryFiles()), ...own },
    isTuned: false,
  };
}

/** What the job's module is compiled from. */
export async function provenanceOf({ arguments: given, files }: CompileJob): Promise<Provenance> {
  const sourceDigest = createHash('sha256')
    .update(JSON.stringify(sortedFiles(files)))
    .digest('hex');
  return { sourceDigest, compiler: `assemblyscript ${await compilerVersion()}`, options: given.join(' ') };
}

function sortedFiles(files: CompileJob['files']): [string, string][] {
  return Object.entries(files).sort(([a], [b]) => (a < b ? -1 : 1));
}

/** A job's module by its key in the store, with what it is compiled from. */
export async function describeJob(job: CompileJob): Promise<JobDescription> {
  return { key: await jobKey(job), provenance: await provenanceOf(job) };
}

/** Stable name of what a job gives: 40 hex digits over its files, its arguments and the compiler. */
export async function jobKey({ arguments: given, files, isTuned }: CompileJob): Promise<string> {
  const hash = createHash('sha256');
  hash.update(JSON.stringify([await compilerVersion(), given, sortedFiles(files)]));
  for (const pass of await passes(isTuned)) hash.update(pass);
  return hash.digest('hex').slice(0, 40);
}

async function compilerVersion(): Promise<string> {
  const text = await readFile(resolve('assemblyscript/package.json'), 'utf8');
  return (JSON.parse(text) as { version: string }).version;
}

const passFiles = { tuned: ['./static-text.ts', './indirect-calls.ts'], plain: ['./root-id.ts'] };
const readPasses = new Map<boolean, Promise<string[]>>();

/** The source of what works on a module beside the compiler; read once, like all that is installed beside this file. */
function passes(isTuned: boolean): Promise<string[]> {
  const read = (name: string) => readFile(new URL(name, import.meta.url), 'utf8');
  const known = readPasses.get(isTuned);
  const sources = known ?? Promise.all(passFiles[isTuned ? 'tuned' : 'plain'].map(read));
  readPasses.set(isTuned, sources);
  return sources;
}

function levelArguments({ optimize, debug }: BuildOptions): string[] {
  return ['--optimizeLevel', String(optimize), ...(debug ? ['--debug'] : [])];
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

/** What every build may import: `sp-agent/filter`, the SDK, and what the SDK misses in a compiler of today. */
export async function libraryFiles(): Promise<Record<string, string>> {
  const runtime = '@solo-io/proxy-runtime';
  const [ours, library, solo] = await Promise.all([
    installedTree(join(filterDirectory, 'lib'), libraryDirectory),
    installedTree(join(filterDirectory, 'library'), `${libraryDirectory}/sp-agent/filter`),
    installedTree(
      join(dirname(resolve(`${runtime}/package.json`)), 'assembly'),
      `${libraryDirectory}/${runtime}/assembly`,
    ),
  ]);
  return { ...ours, ...library, ...solo };
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
