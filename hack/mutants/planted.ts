import { globSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { reachableFrom } from './importers.ts';
import { tryAlone } from './judge.ts';
import type { Mutant } from './mutate.ts';

interface Planted extends Pick<Mutant, 'file' | 'from' | 'to'> {
  readonly title: string;
}

const tests = 'test/{decide,cluster-unit,controller}/**/*.test.ts';
/** Milliseconds. */
const [testLimit, limit] = [30_000, 300_000];

/** Plants faults that each need a test of their own, one after the other. @returns titles of those that no test noticed. */
export async function plantFaults(): Promise<{ readonly all: number; readonly missed: string[] }> {
  const planted = JSON.parse(
    readFileSync(join(import.meta.dirname, 'planted.json'), 'utf8'),
  ) as readonly Planted[];
  const testFiles = globSync(tests).filter((file) => !file.endsWith('model.test.ts'));
  const missed: string[] = [];
  for (const fault of planted) {
    const path = resolve(fault.file);
    const importers = testFiles.filter((file) => reachableFrom(resolve(file)).has(path));
    const outcome = await tryAlone(mutantOf(fault), { testFiles: importers, testLimit }, limit);
    if (outcome !== 'TimedOut' && outcome.failed === undefined) missed.push(fault.title);
  }
  return { all: planted.length, missed };
}

function mutantOf({ title, file, from, to }: Planted): Mutant {
  const text = readFileSync(file, 'utf8');
  const start = text.indexOf(from);
  if (start < 0 || text.includes(from, start + 1))
    throw new Error(
      `${file} has the text of the fault "${title}" not once: correct hack/mutants/planted.json`,
    );
  return { file, text, from, to, start, end: start + from.length, replacement: to, line: 0, lineText: '' };
}
