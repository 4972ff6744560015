/**
 * Child of main.ts: loads tests with changed files, and runs them as often as it is asked to. Speaks by messages of the process; the
 * first is a `Task`.
 */
import Mocha from 'mocha';
import { registerHooks, stripTypeScriptTypes } from 'node:module';
import { fileURLToPath } from 'node:url';

export interface Task {
  readonly testFiles: readonly string[];
  /** Absolute path of a file → its changed text. */
  readonly sources: Readonly<Record<string, string>>;
  /** Milliseconds that one test may take. */
  readonly testLimit: number;
}

/** Which mutant to try; undefined: none, to find out which tests come upon which mutants. */
export interface Trial {
  readonly id: number | undefined;
}

export interface TrialResult {
  /** Title of the first test that failed. */
  readonly failed: string | undefined;
  /** After a run without a mutant: those that were met while the files were loaded, which cannot be switched. */
  readonly metAtLoad?: readonly number[];
}

let active: number | undefined;
let met = new Set<number>();
const metBy = new Map<string, ReadonlySet<number>>();

Object.assign(globalThis, {
  isMutant(id: number): boolean {
    met.add(id);
    return id === active;
  },
});

/** Matches titles of a set: mocha knows regular expressions alone. */
class Titles extends RegExp {
  readonly titles: ReadonlySet<string>;
  constructor(titles: ReadonlySet<string>) {
    super('');
    this.titles = titles;
  }
  override test(title: string): boolean {
    return this.titles.has(title);
  }
}

const mocha = new Mocha({ bail: true, reporter: 'dot' });
mocha.cleanReferencesAfterRun(false);

function run(onTestEnd: (title: string) => void): Promise<string | undefined> {
  return new Promise((resolve) => {
    let failed: string | undefined;
    mocha
      .run(() => {
        resolve(failed);
      })
      .on('fail', (test) => (failed ??= test.fullTitle()))
      .on('test end', (test) => {
        onTestEnd(test.fullTitle());
      });
  });
}

async function firstRun(): Promise<TrialResult> {
  const metAtLoad = [...met];
  met = new Set();
  const failed = await run((title) => {
    metBy.set(title, new Set([...(metBy.get(title) ?? []), ...met]));
    met = new Set();
  });
  return { failed, metAtLoad };
}

async function tryMutant(id: number): Promise<TrialResult> {
  const titles = new Set([...metBy].filter(([, ids]) => ids.has(id)).map(([title]) => title));
  if (titles.size === 0) return { failed: undefined };
  mocha.grep(new Titles(titles));
  active = id;
  const failed = await run(() => undefined);
  active = undefined;
  return { failed };
}

async function load({ testFiles, sources, testLimit }: Task): Promise<void> {
  registerHooks({
    load(url, context, nextLoad) {
      const source = url.startsWith('file:') ? sources[fileURLToPath(url)] : undefined;
      if (source === undefined) return nextLoad(url, context);
      return { format: 'module', source: stripTypeScriptTypes(source), shortCircuit: true };
    },
  });
  mocha.timeout(testLimit);
  for (const file of testFiles) mocha.addFile(file);
  await mocha.loadFilesAsync();
}

const send = (result: TrialResult) => process.send?.(result);

process.once('message', (task: Task) => {
  load(task).then(
    () => {
      process.on('message', ({ id }: Trial) => {
        void (id === undefined ? firstRun() : tryMutant(id)).then(send);
      });
      send({ failed: undefined });
    },
    (error: unknown) => send({ failed: `while loading: ${String(error)}` }),
  );
});
