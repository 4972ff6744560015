/**
 * `npm run bench:operator`: what SpAgents cost the operator, on a real control plane whose pods are played. Prints a table;
 * nothing is kept.
 */
import { InvalidArgumentError } from 'commander';
import { cpus } from 'node:os';
import { commandLine } from '../../command-line.ts';
import { measureDecision } from './decision.ts';
import { reportOperator } from './report.ts';
import { measureFirstActions, measureRest, measureRestart, measureRollout } from './phases.ts';
import { startBenchWorld } from './world.ts';

function count(text: string): number {
  if (!/^[1-9][0-9]{0,4}$/.test(text)) throw new InvalidArgumentError('give a whole number above 0');
  return Number(text);
}

const options = commandLine(
  'npm run bench:operator',
  'Measures what SpAgents cost the operator: CPU, memory, writes and time, while they become Ready, at rest and after a restart',
)
  .option('--agents <number>', 'SpAgents, each with a Deployment of its own', count, 100)
  .option('--namespaces <number>', 'namespaces that they are spread over', count, 10)
  .option('--pods <number>', 'pods of each Deployment', count, 2)
  .option('--rest <seconds>', 'for how long the operator is measured at rest', count, 20)
  .parse()
  .opts<{ agents: number; namespaces: number; pods: number; rest: number }>();

console.log(`${cpus()[0]?.model ?? 'unknown processor'}, ${cpus().length} cores\n`);
const decision = measureDecision({ workloads: 500, podsPerWorkload: 10 });
await using world = await startBenchWorld(options);
const rollout = await measureRollout(world);
const firstActions = await measureFirstActions(world, 20);
const rest = await measureRest(world, options.rest);
const restart = await measureRestart(world);
console.log(reportOperator({ options, decision, rollout, firstActions, rest, restart }).join('\n'));
