/** `npm run test:mutants`: changes the deciding rooms in small ways, one at a time, and finds changes that no unit test notices. */
import { execFile } from 'node:child_process';
import { cp, mkdtemp, readFile, readdir, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { commandLine } from '../command-line.ts';
import { mutantsOf, type Mutant } from './mutate.ts';

const rooms = ['operator/decide', 'operator/rollout', 'operator/render'];
const testFolders = ['decide', 'rollout', 'render', 'workloads'];
/** Longer than the tests take by far: a mutant that loops has been noticed. */
const testSeconds = 120;
/** Random worlds are for what nobody thought of; they take longer than all the rest. */
const slowTests = new Set(['model.test.ts']);

const program = commandLine(
  'test:mutants',
  'Change decide, rollout and render in small ways, and find changes that no unit test notices',
)
  .option('--sample <count>', 'so many mutants, evenly spread', Number)
  .option('--min <percent>', 'share of mutants that must be noticed', Number, 90)
  .parse();
const { sample, min } = program.opts<{ readonly sample?: number; readonly min: number }>();

/** What the tests read. */
const copied = [
  'operator',
  'test',
  'filter',
  'charts',
  'hack',
  'package.json',
  '.mocharc.json',
  'tsconfig.json',
];

interface Equivalent {
  readonly file: string;
  readonly from: string;
  readonly to: string;
}

const root = join(import.meta.dirname, '..', '..');
const equivalents = JSON.parse(
  await readFile(join(import.meta.dirname, 'equivalent.json'), 'utf8'),
) as readonly Equivalent[];

async function allMutants(): Promise<Mutant[]> {
  const files = await Promise.all(
    rooms.map(async (room) =>
      (await readdir(join(root, room), { recursive: true }))
        .filter((name) => name.endsWith('.ts'))
        .map((name) => join(room, name)),
    ),
  );
  const mutants = await Promise.all(
    files
      .flat()
      .sort()
      .map(async (file) => mutantsOf(file, await readFile(join(root, file), 'utf8'))),
  );
  return mutants.flat().filter((mutant) => !equivalents.some((one) => isSame(one, mutant)));
}

function isSame(one: Equivalent, { file, from, to }: Mutant): boolean {
  return one.file === file && one.from === from && one.to === to;
}

/** A copy of what the tests need, in which one file at a time is changed. */
async function makeCopy(): Promise<string> {
  const copy = await mkdtemp(join(tmpdir(), 'mutants-'));
  for (const part of copied) {
    await cp(join(root, part), join(copy, part), { recursive: true });
  }
  await symlink(join(root, 'node_modules'), join(copy, 'node_modules'));
  return copy;
}

async function testFiles(copy: string): Promise<string[]> {
  const lists = await Promise.all(
    testFolders.map(async (folder) =>
      (await readdir(join(copy, 'test', folder)))
        .filter((name) => name.endsWith('.test.ts') && !slowTests.has(name))
        .map((name) => join('test', folder, name)),
    ),
  );
  return lists.flat();
}

function passes(copy: string, tests: readonly string[]): Promise<boolean> {
  const mocha = join(root, 'node_modules', 'mocha', 'bin', 'mocha.js');
  return new Promise((resolve) => {
    const options = { cwd: copy, timeout: testSeconds * 1000, maxBuffer: 1 << 26 };
    execFile(process.execPath, [mocha, '--bail', '--reporter', 'dot', ...tests], options, (error) => {
      resolve(error === null);
    });
  });
}

const mutants = await allMutants();
const step = sample === undefined ? 1 : Math.max(1, Math.floor(mutants.length / sample));
const chosen = mutants.filter((_mutant, index) => index % step === 0);
const copy = await makeCopy();
const survivors: Mutant[] = [];
try {
  const tests = await testFiles(copy);
  if (!(await passes(copy, tests))) throw new Error('the tests fail without a mutant');
  for (const [index, mutant] of chosen.entries()) {
    const path = join(copy, mutant.file);
    const text = await readFile(join(root, mutant.file), 'utf8');
    await writeFile(path, text.slice(0, mutant.start) + mutant.to + text.slice(mutant.end));
    if (await passes(copy, tests)) {
      survivors.push(mutant);
      console.log(`survives: ${mutant.file}:${mutant.line} ${mutant.from} → ${mutant.to}`);
    }
    await writeFile(path, text);
    if ((index + 1) % 25 === 0) console.log(`${index + 1} of ${chosen.length}`);
  }
} finally {
  await rm(copy, { recursive: true });
}
const killed = chosen.length - survivors.length;
const percent = (100 * killed) / chosen.length;
console.log(`${killed} of ${chosen.length} mutants noticed (${percent.toFixed(1)} %)`);
process.exitCode = percent >= min ? 0 : 1;
