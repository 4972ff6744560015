import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { pino } from 'pino';
import type { ControlPlane } from '../../hack/cluster/control-plane.ts';
import { startOperator } from '../../operator/controller/operator.ts';
import { startCutOff } from './cut-off.ts';
import { eventually } from './eventually.ts';
import { operatorOptions, patience, type World } from './operator.ts';

const operatorsMax = 80;

/**
 * Lets one operator after the other work, each for one to three actions, until the condition holds.
 * @returns the kinds of the actions that they died before.
 */
export async function workUntilKilled(
  cluster: ControlPlane,
  world: World,
  isDone: () => Promise<boolean>,
): Promise<string[]> {
  await world.operator[Symbol.asyncDispose]();
  const killedBefore: string[] = [];
  while (killedBefore.length < operatorsMax) {
    await using operator = await startMortal(cluster, world.namespace, 1 + (killedBefore.length % 3));
    const isOver = () => operator.killedBefore() !== undefined || isDone();
    await eventually('an operator that is killed, or the end', isOver, patience);
    const action = operator.killedBefore();
    if (action === undefined) return killedBefore;
    killedBefore.push(action);
  }
  throw new Error(`not done after ${operatorsMax} operators were killed: ${killedBefore.join()}`);
}

/** An operator of which nothing reaches the API server any more once it has completed so many actions. */
async function startMortal(cluster: ControlPlane, namespace: string, survives: number) {
  await using started = new AsyncDisposableStack();
  const way = started.use(await startCutOff(Number(new URL(cluster.url).port)));
  const kubeconfig = join(cluster.stateDirectory, `kubeconfig-${way.port}`);
  const config = await readFile(cluster.kubeconfig, 'utf8');
  const detour = config.replaceAll(cluster.url, `https://127.0.0.1:${way.port}`);
  await writeFile(kubeconfig, detour, { mode: 0o600 });
  let killedBefore: string | undefined;
  let left = survives;
  // The operator writes a line with the agent before it executes an action.
  const write = (line: string) => {
    const { level, agent, msg } = JSON.parse(line) as { level: number; agent?: string; msg: string };
    if (level !== pino.levels.values['info'] || agent === undefined) return;
    if (left === 0 && killedBefore === undefined) {
      killedBefore = msg;
      way.cut();
    }
    left -= 1;
  };
  const log = pino({ level: 'info' }, { write });
  started.use(await startOperator({ ...operatorOptions(cluster, namespace), kubeconfig, log }));
  const rest = started.move();
  return { killedBefore: () => killedBefore, [Symbol.asyncDispose]: () => rest.disposeAsync() };
}
