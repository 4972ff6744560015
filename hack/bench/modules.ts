import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { copyFile, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { compile } from '../../operator/artifact/compiler/compile.ts';
import { userJob } from '../../operator/artifact/compiler/job.ts';

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

/** The module of a commit, as its own sources and compiler's options make it, with the compiler that is installed. */
async function buildCommit(commit: string, directory: string): Promise<string> {
  const root = join(import.meta.dirname, '..', '..');
  const tree = join(directory, 'commit');
  await run('git', ['-C', root, 'worktree', 'add', '--detach', tree, commit]);
  try {
    await symlink(join(root, 'node_modules'), join(tree, 'node_modules'));
    await run(process.execPath, ['hack/build-filter.ts'], { cwd: tree });
    const module = join(directory, 'before.wasm');
    await copyFile(join(tree, 'dist/filter/sp_agent.wasm'), module);
    return module;
  } finally {
    await run('git', ['-C', root, 'worktree', 'remove', '--force', tree]);
  }
}
