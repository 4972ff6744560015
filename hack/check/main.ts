/** `npm run check [-- NAME...] [--fix]`: what must hold of the sources, without running the tests. */
import { Argument } from 'commander';
import pLimit from 'p-limit';
import { messageOf } from '../../operator/api/errors.ts';
import { commandLine } from '../command-line.ts';
import { run } from '../tools/run.ts';
import { checkCache, PassedSteps } from './passed.ts';
import { checkSteps, type CheckStep, type Command } from './steps.ts';

/** Two at once keep two processors busy and stay below 1 GB of memory. */
const concurrency = 2;

const cache = checkCache();
const all = checkSteps(cache);
const names = all.map(({ name }) => name);
const program = commandLine(
  'npm run check',
  'Check types, lint, format, layers, unused code and generated files',
)
  .addArgument(new Argument('[names...]', 'checks to run, all if absent').choices(names))
  .option('--fix', 'first repair what can be repaired: lint, format, generated files')
  .option('--no-cache', 'run checks whose files have not changed too')
  .parse();
const options = program.opts<{ fix?: boolean; cache: boolean }>();
const steps = all.filter(({ name }) => program.args.length === 0 || program.args.includes(name));

const failureOf = (command: Command) =>
  run(command, { timeoutSeconds: 300, tailLines: 200 }).then(() => undefined, messageOf);

// One after the other, as they write the same files. What they leave, the checks report.
if (options.fix) for (const { fix } of steps) if (fix) await failureOf(fix);

const passed = await PassedSteps.load(cache);

async function check(step: CheckStep): Promise<string | undefined> {
  if (options.cache && passed.has(step)) {
    console.log(`ok     ${step.name} (unchanged)`);
    return undefined;
  }
  const started = performance.now();
  const failure = await failureOf(step.command);
  if (failure === undefined) passed.add(step);
  const seconds = ((performance.now() - started) / 1000).toFixed(1);
  console.log(`${failure === undefined ? 'ok    ' : 'FAILED'} ${step.name} (${seconds} s)`);
  return failure;
}

const limit = pLimit(concurrency);
const results = await Promise.all(steps.map((step) => limit(check, step)));
const failures = results.filter((failure) => failure !== undefined);
for (const failure of failures) console.error(`\n${failure}`);
process.exitCode = failures.length === 0 ? 0 : 1;
