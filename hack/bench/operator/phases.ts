import { setTimeout as sleep } from 'node:timers/promises';
import { repeatUntil } from '../../../operator/cli/repeat-until.ts';
import { objectPath } from '../../../operator/cluster/kinds.ts';
import { isReady } from '../../is-ready.ts';
import { startStep } from '../../tools/progress.ts';
import { usageOf, usedBetween, type Usage } from './usage.ts';
import { forEach, nameAt, namespaceAt, type AgentObject, type BenchWorld } from './world.ts';

/** What a phase used, and how long it took. */
export interface Phase extends Usage {
  readonly seconds: number;
}

/** Longest time until all agents are Ready. */
const deadlineSeconds = 3600;
/** The operator is at rest when it has done nothing for so long. Seconds. */
const quietSeconds = 3;

/** All agents at once, until each of them is Ready. The first one alone is not measured: it builds the module. */
export async function measureRollout(world: BenchWorld): Promise<Phase> {
  using step = startStep(`${world.size.agents} SpAgents become Ready`);
  const indices = Array.from({ length: world.size.agents }, (_, index) => index + 1);
  await forEach([0, ...indices], world.createWorkload);
  await world.createAgent(0);
  await allReady(world, 1, step.update);
  await atRest(world);
  return measure(world, async () => {
    await forEach(indices, world.createAgent);
    await allReady(world, world.size.agents + 1, step.update);
    await atRest(world);
  });
}

async function allReady(world: BenchWorld, count: number, progress: (text: string) => void): Promise<void> {
  let ready = 0;
  const areReady = async () => {
    ready = (await world.agents()).filter(({ status }) => isReady(status)).length;
    progress(`${ready} of ${count}`);
    return ready >= count;
  };
  if (await repeatUntil(areReady, { seconds: deadlineSeconds, pollMilliseconds: 1000 })) return;
  throw new Error(`${ready} of ${count} SpAgents are Ready after ${deadlineSeconds} s`);
}

/** Waits until the operator has reconciled nothing for some seconds. */
async function atRest(world: BenchWorld): Promise<void> {
  let last = -1;
  let since = performance.now();
  const isAtRest = async () => {
    const { reconciles } = await usageOf(world.operator());
    if (reconciles !== last) since = performance.now();
    last = reconciles;
    return performance.now() - since > quietSeconds * 1000;
  };
  await repeatUntil(isAtRest, { seconds: 60, pollMilliseconds: 250 });
}

async function measure(world: BenchWorld, act: () => Promise<void>): Promise<Phase> {
  const before = await usageOf(world.operator());
  const began = performance.now();
  await act();
  const seconds = (performance.now() - began) / 1000;
  return { ...usedBetween(before, await usageOf(world.operator())), seconds };
}

/**
 * Creates agents one after the other while all others exist.
 * @returns milliseconds from the creation of each to the operator's first write, its finalizer.
 */
export async function measureFirstActions(world: BenchWorld, count: number): Promise<number[]> {
  using _ = startStep('Time until the first action');
  const times: number[] = [];
  for (let number = 1; number <= count; number++) {
    const index = world.size.agents + number;
    const path = objectPath({
      kind: 'SpAgent',
      namespace: namespaceAt(world.size, index),
      name: nameAt(index),
    });
    const began = performance.now();
    await world.createAgent(index);
    const hasFinalizer = async () =>
      (await world.client.json<AgentObject>({ path })).metadata.finalizers !== undefined;
    await repeatUntil(hasFinalizer, { seconds: 60, pollMilliseconds: 10 });
    times.push(performance.now() - began);
  }
  await atRest(world);
  return times;
}

export async function measureRest(world: BenchWorld, seconds: number): Promise<Phase> {
  using _ = startStep('The operator at rest', seconds);
  return measure(world, () => sleep(seconds * 1000));
}

/** From the start of another operator until it has looked at every agent and its queue is empty. */
export async function measureRestart(world: BenchWorld): Promise<Phase> {
  using _ = startStep('Another operator takes over');
  const agents = (await world.agents()).length;
  const began = performance.now();
  await world.restartOperator();
  const hasLookedAtAll = async () => {
    const { reconciles, waiting } = await usageOf(world.operator());
    return reconciles >= agents && waiting === 0;
  };
  await repeatUntil(hasLookedAtAll, { seconds: 300, pollMilliseconds: 100 });
  const seconds = (performance.now() - began) / 1000;
  await atRest(world);
  return { ...(await usageOf(world.operator())), seconds };
}
