import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { compile } from '../../operator/artifact/compiler/compile.ts';
import { userJob } from '../../operator/artifact/compiler/job.ts';

/** Paths of the modules that are compared. */
export interface Modules {
  readonly filter: string;
  /** Only asks the backend: assembly/floor.ts. */
  readonly floor: string;
  /** Does nothing: assembly/empty.ts. */
  readonly empty: string;
}

/** Compiles what the filter is compared with. Disposing removes it. */
export async function buildModules(filter: string): Promise<Modules & AsyncDisposable> {
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
  const built = building.move();
  return { filter, floor, empty, [Symbol.asyncDispose]: () => built.disposeAsync() };
}
