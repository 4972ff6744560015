/** `npm run test:mutants`: changes the deciding parts in small ways, one at a time, and finds changes that no unit test notices. */
import { Option } from 'commander';
import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { commandLine } from '../command-line.ts';
import { areas, testsOf, type Area } from './areas.ts';
import { judgeMutants } from './judge.ts';
import { mutantsOf, type Mutant } from './mutate.ts';
import { plantFaults } from './planted.ts';
import { sampleOf } from './sample.ts';
import type { Outcome } from './test-process.ts';

interface Equivalent extends Pick<Mutant, 'file' | 'lineText' | 'from' | 'to'> {
  /** Why no test can notice it. */
  readonly reason: string;
}

interface Options {
  readonly area: readonly (keyof typeof areas)[];
  readonly sample: number;
  readonly seed: number;
  readonly min: number;
  readonly planted: boolean;
}

const names = Object.keys(areas) as (keyof typeof areas)[];
const { area, sample, seed, min, planted } = commandLine(
  'test:mutants',
  'Change the deciding parts in small ways, and find changes that no unit test notices',
)
  .addOption(new Option('--area <names...>', 'areas to change').choices(names).default(names))
  .option('--sample <count>', 'so many mutants of each area, chosen by chance', Number, Infinity)
  .option('--seed <number>', 'of the sample', Number, 1)
  .option('--min <percent>', 'share of mutants in each area that tests must notice', Number, 90)
  .option('--no-planted', 'without the faults of planted.json')
  .parse()
  .opts<Options>();

const equivalents = JSON.parse(
  readFileSync(join(import.meta.dirname, 'equivalents.json'), 'utf8'),
) as readonly Equivalent[];

function isEquivalent(mutant: Mutant): boolean {
  return equivalents.some(
    ({ file, lineText, from, to }) =>
      file === mutant.file && lineText === mutant.lineText && from === mutant.from && to === mutant.to,
  );
}

function describe({ file, line, from, to }: Mutant): string {
  const short = (text: string) => text.replaceAll(/\s+/g, ' ').slice(0, 80);
  return `${file}:${line}  ${short(from)}  →  ${short(to)}`;
}

interface Row {
  readonly area: string;
  readonly mutants: number;
  readonly noticed: number;
  readonly 'timed out': number;
  readonly share: string;
}

async function judgeArea(name: string, { files, tests, isPure }: Area): Promise<Row> {
  const all = globSync(files)
    .sort()
    .flatMap((file) => mutantsOf(file, readFileSync(file, 'utf8')));
  const chosen = sampleOf(
    all.filter((mutant) => !isEquivalent(mutant)),
    sample,
    seed,
  );
  const { quick, slow } = testsOf(tests);
  let timedOut = 0;
  let survivors: Mutant[] = [];
  let judged = 0;
  const onJudged = (mutant: Mutant, outcome: Outcome) => {
    judged += 1;
    if (judged % 100 === 0) console.log(`${name}: ${judged} tried`);
    if (outcome === 'TimedOut') timedOut += 1;
    else if (outcome.failed === undefined) survivors.push(mutant);
  };
  await judgeMutants(chosen, { testFiles: quick, testLimit: 10_000, isPure, onJudged });
  const left = survivors;
  if (slow.length > 0) survivors = [];
  await judgeMutants(left, { testFiles: slow, testLimit: 120_000, isPure, onJudged });
  for (const mutant of survivors) console.log(`survives: ${describe(mutant)}`);
  const noticed = chosen.length - survivors.length;
  const share = `${((100 * noticed) / chosen.length).toFixed(1)} %`;
  return { area: name, mutants: chosen.length, noticed, 'timed out': timedOut, share };
}

const rows: Row[] = [];
for (const name of area) rows.push(await judgeArea(name, areas[name]));
const { all, missed } = planted ? await plantFaults() : { all: 0, missed: [] };
for (const title of missed) console.log(`not noticed: ${title}`);
console.table(rows);
console.log(`${all - missed.length} of ${all} planted faults noticed`);
const isEnough = rows.every(({ mutants, noticed }) => 100 * noticed >= min * mutants);
process.exitCode = isEnough && missed.length === 0 ? 0 : 1;
