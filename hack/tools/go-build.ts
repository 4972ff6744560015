import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { CommandMissing, run } from './run.ts';
import type { GoBuild } from './spec.ts';

const goMissing =
  'go is not on PATH: install Go 1.21 or later (https://go.dev/dl; Debian: apt-get install golang); it fetches the toolchain it needs by itself';

/** The folder with the go.mod that pins a tool. */
function goModule(name: string): string {
  return join(import.meta.dirname, 'go', name);
}

/** Everything that decides what a build makes, as 12 hex digits: part of the name in the cache. */
export function goBuildDigest(build: GoBuild): string {
  const hash = createHash('sha256').update(JSON.stringify([build.package, build.tags, build.variables]));
  for (const file of ['go.mod', 'go.sum']) hash.update(readFileSync(join(goModule(build.module), file)));
  return hash.digest('hex').slice(0, 12);
}

/** Runs the go command in the folder of a tool's go.mod. */
export async function go(
  module: string,
  args: readonly string[],
  environment: NodeJS.ProcessEnv,
): Promise<string> {
  try {
    return await run(['go', ...args], {
      cwd: goModule(module),
      // What a developer has set for other work must not change what is built here.
      environment: { ...environment, GOFLAGS: '', GOWORK: 'off' },
      timeoutSeconds: 3600,
    });
  } catch (error) {
    if (error instanceof CommandMissing) throw new Error(goMissing, { cause: error });
    throw error;
  }
}

async function requireCLibraries(
  libraries: readonly string[],
  environment: NodeJS.ProcessEnv,
): Promise<void> {
  try {
    await run(['cc', '--version'], { environment, timeoutSeconds: 10 });
    await run(['pkg-config', '--exists', ...libraries], { environment, timeoutSeconds: 10 });
  } catch (error) {
    const packages = libraries.map((library) => `${library}-dev`).join(' ');
    throw new Error(
      `a C compiler, pkg-config or the headers of ${libraries.join(', ')} are missing: apt-get install gcc pkg-config ${packages}`,
      { cause: error },
    );
  }
}

/** Builds a tool from the Go module proxy into a folder and returns the executable's path. */
export async function buildWithGo(
  build: GoBuild,
  directory: string,
  environment: NodeJS.ProcessEnv,
): Promise<string> {
  if (build.cgo) await requireCLibraries(build.cgo, environment);
  const executable = join(directory, 'executable');
  const variables = Object.entries(build.variables ?? {}).map(([name, value]) => `-X ${name}=${value}`);
  const tags = build.tags ? [`-tags=${build.tags.join(',')}`] : [];
  await go(
    build.module,
    [
      'build',
      '-trimpath',
      '-buildvcs=false',
      ...tags,
      '-ldflags',
      ['-s -w', ...variables].join(' '),
      '-o',
      executable,
      build.package,
    ],
    { ...environment, CGO_ENABLED: build.cgo ? '1' : '0' },
  );
  return executable;
}
