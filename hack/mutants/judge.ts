import { resolve } from 'node:path';
import { reachableFrom } from './importers.ts';
import type { Mutant } from './mutate.ts';
import { withMutant, withSwitches, type NumberedMutant } from './switches.ts';
import { processEnded, startTests, type Outcome, type TestProcess } from './test-process.ts';

/** Milliseconds. */
const loadLimit = 120_000;

/** A mutant loops if its tests take much longer than all tests do without it. */
function limitAfter(milliseconds: number): number {
  return 15_000 + 3 * milliseconds;
}

interface Judging {
  readonly testFiles: readonly string[];
  /** Milliseconds that one test may take. */
  readonly testLimit: number;
  /** One process may try many mutants. */
  readonly isPure: boolean;
  readonly onJudged: (mutant: Mutant, outcome: Outcome) => void;
}

/** Runs the tests with each mutant. @throws if they fail without one. */
export async function judgeMutants(mutants: readonly Mutant[], judging: Judging): Promise<void> {
  if (mutants.length === 0 || judging.testFiles.length === 0) return;
  const numbered = mutants.map((mutant, id) => ({ ...mutant, id }));
  const { metAtLoad, milliseconds } = await tryTogether(numbered, judging);
  const alone = judging.isPure ? numbered.filter(({ id }) => metAtLoad.has(id)) : numbered;
  const reachable = new Map(judging.testFiles.map((file) => [file, reachableFrom(resolve(file))]));
  for (const mutant of alone) {
    const path = resolve(mutant.file);
    const testFiles = judging.testFiles.filter((file) => reachable.get(file)?.has(path));
    judging.onJudged(mutant, await tryAlone(mutant, { ...judging, testFiles }, limitAfter(milliseconds)));
  }
}

/** Tries all that can be switched in one process, which is started again after one that loops. */
async function tryTogether(
  mutants: readonly NumberedMutant[],
  { testFiles, testLimit, isPure, onJudged }: Judging,
) {
  const byFile = Map.groupBy(mutants, ({ file }) => file);
  const sources = [...byFile].map(([file, own]) => [resolve(file), withSwitches(own)]);
  const task = { testFiles, testLimit, sources: Object.fromEntries(sources) as Record<string, string> };
  let milliseconds = 0;
  let metAtLoad: ReadonlySet<number> = new Set();
  const start = async (): Promise<TestProcess> => {
    const { loaded, process } = await startTests(task, loadLimit);
    const began = performance.now();
    const first =
      loaded === 'TimedOut' || loaded.failed ? loaded : await process.run({ id: undefined }, 10 * loadLimit);
    if (first === 'TimedOut' || first.failed)
      throw new Error(`without a mutant: ${first === 'TimedOut' ? 'the tests take too long' : first.failed}`);
    milliseconds = performance.now() - began;
    metAtLoad = new Set(first.metAtLoad);
    return process;
  };
  let process = await start();
  try {
    for (const mutant of isPure ? mutants : []) {
      if (metAtLoad.has(mutant.id)) continue;
      const outcome = await process.run({ id: mutant.id }, limitAfter(milliseconds));
      onJudged(mutant, outcome);
      if (outcome !== 'TimedOut' && outcome.failed !== processEnded) continue;
      await process[Symbol.asyncDispose]();
      process = await start();
    }
  } finally {
    await process[Symbol.asyncDispose]();
  }
  return { metAtLoad, milliseconds };
}

/** Runs tests in a process of their own, with one change of one file. */
export async function tryAlone(
  mutant: Mutant,
  { testFiles, testLimit }: Pick<Judging, 'testFiles' | 'testLimit'>,
  limit: number,
): Promise<Outcome> {
  if (testFiles.length === 0) return { failed: undefined };
  const sources = { [resolve(mutant.file)]: withMutant(mutant) };
  const { loaded, process } = await startTests({ testFiles, testLimit, sources }, loadLimit);
  await using _ = process;
  if (loaded === 'TimedOut' || loaded.failed) return loaded;
  return process.run({ id: undefined }, limit);
}
