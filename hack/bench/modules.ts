import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { compile } from '../../operator/artifact/compiler/compile.ts';
import { bundledJob, userJob } from '../../operator/artifact/compiler/job.ts';

/** Paths of the modules that are compared. */
export interface Modules {
  readonly filter: string;
  /** What the filter is compared with, if anything. */
  readonly before?: string;
  /** Only asks the backend: assembly/floor.ts. */
  readonly floor: string;
  /** Does nothing: assembly/empty.ts. */
  readonly empty: string;
}

/**
 * Compiles what the filter is compared with. Disposing removes it.
 * @param before a file, or a commit.
 */
export async function buildModules(filter: string, before?: string): Promise<Modules & AsyncDisposable> {
  await using building = new AsyncDisposableStack();
  const directory = await mkdtemp(join(tmpdir(), 'sp-agent-bench-'));
  building.defer(() => rm(directory, { recursive: true, force: true }));
  const build = async (name: string) => {
    const source = await readFile(new URL(`./assembly/${name}.ts`, import.meta.url), 'utf8');
    const path = join(directory, `${name}.wasm`);
    const job = await userJob({ 'index.ts': source }, { optimize: 3, debug: false });
    await writeFile(path, await compile(job));
    return path;
  };
  const [floor, empty] = await Promise.all([build('floor'), build('empty')]);
  const other = before === undefined || existsSync(before) ? before : await buildCommit(before, directory);
  const built = building.move();
  return {
    filter,
    floor,
    empty,
    ...(other === undefined ? {} : { before: other }),
    [Symbol.asyncDispose]: () => built.disposeAsync(),
  };
}

const run = promisify(execFile);

/** The module of a commit: its sources and compiler's options, with the compiler that is installed. */
async function buildCommit(commit: string, directory: string): Promise<string> {
  const git = ['-C', import.meta.dirname, 'worktree'];
  const tree = join(directory, 'commit');
  await run('git', [...git, 'add', '--detach', tree, commit]);
  try {
    const job = await bundledJob({ optimize: 3, debug: false }, join(tree, 'filter'));
    const module = join(directory, 'before.wasm');
    await writeFile(module, await compile(job));
    return module;
  } finally {
    await run('git', [...git, 'remove', '--force', tree]);
  }
}
