/**
 * `npm run soak`: two replicas of the operator on a real control plane whose pods are played, while agents and pods change and things
 * fail. An observer judges all the time. Exit code 1 with the command that repeats the run when something was not as it must be.
 */
import { InvalidArgumentError, Option } from 'commander';
import { commandLine } from '../command-line.ts';
import { durationText } from '../tools/progress.ts';
import { startSoakCluster } from './cluster.ts';
import { faults } from './faults/list.ts';
import { runSoak, type SoakResult } from './run-soak.ts';

interface Options {
  readonly minutes: number;
  readonly seed: number;
  readonly agents: number;
  readonly otherPods: number;
  readonly churn: number;
  readonly faults: readonly string[];
}

function count(text: string): number {
  if (!/^[0-9]{1,9}$/.test(text)) throw new InvalidArgumentError('give a whole number');
  return Number(text);
}

const names = faults.map(({ name }) => name);
const options = commandLine(
  'npm run soak',
  'Two replicas of the operator, while everything changes and fails',
)
  .option('--minutes <number>', 'how long faults happen', count, 10)
  .option('--seed <number>', 'of the faults and changes (default: by chance)', count, Date.now() % 1_000_000)
  .option('--agents <number>', 'SpAgents that exist at the same time', count, 10)
  .option('--other-pods <number>', 'pods that no SpAgent selects', count, 300)
  .option('--churn <number>', 'pods that are deleted in a second', count, 20)
  .addOption(
    new Option('--faults <names...>', 'faults to draw from (default: all)')
      .choices(names)
      .default(names, 'all'),
  )
  .parse()
  .opts<Options>();

const { minutes, seed, agents, otherPods, churn } = options;
const drawn = options.faults.length < names.length ? ` --faults ${options.faults.join(' ')}` : '';
const command = `npm run soak -- --seed ${seed} --minutes ${minutes} --agents ${agents} --other-pods ${otherPods} --churn ${churn}${drawn}`;

console.log(command);
await using cluster = await startSoakCluster();
const began = performance.now();
const result = await runSoak({
  ...{ cluster, seed, agents, otherPods, churn },
  seconds: minutes * 60,
  faults: faults.filter(({ name }) => options.faults.includes(name)),
  log: (line) => console.log(line),
});
console.log(textOf(result, (performance.now() - began) / 1000).join('\n'));
if (result.violations.length > 0) {
  console.log(`\n${result.violations.length} violations. To repeat the run: ${command}`);
  process.exitCode = 1;
}

function textOf(figures: SoakResult, seconds: number): string[] {
  const { created, changed, deleted } = figures.changes;
  return [
    '',
    `time                     ${durationText(seconds)}`,
    `faults                   ${figures.faults}`,
    `SpAgents                 ${created} created, ${changed} changed, ${deleted} deleted`,
    `pods deleted             ${figures.podsDeleted}`,
    `changes of the leader    ${figures.takeovers}`,
    `writes of the operator   ${figures.writes}`,
    `pictures judged          ${figures.pictures}`,
    `operator, peak           ${figures.residentMebibytes.toFixed(0)} MiB`,
    `violations               ${figures.violations.length}`,
  ];
}
