import { startStep } from '../../tools/progress.ts';
import { repeatUntil } from '../../../operator/cli/repeat-until.ts';
import type { SpAgentStatus } from '../../../operator/api/status-schema.ts';
import { objectPath } from '../../../operator/cluster/kinds.ts';
import { isReady } from '../../is-ready.ts';
import { agentObject, deploymentObject, sourceOf } from '../cluster.ts';
import type { TenantWorld } from './world.ts';

const namespace = 'good';
/** One that waits longer counts as this. Seconds. */
const waitSecondsMax = 600;

/**
 * Again and again: a workload, a source of its own and an SpAgent, until the agent is Ready; then all of it goes.
 * @returns seconds from creation to Ready, one for each agent.
 */
export async function waitsForReady(world: TenantWorld, phase: string, seconds: number): Promise<number[]> {
  await world.addNamespace(namespace).catch(() => undefined);
  using step = startStep(`The good tenant ${phase}`, seconds);
  const waits: number[] = [];
  const until = performance.now() + seconds * 1000;
  while (performance.now() < until) {
    waits.push(await waitForReady(world, `${phase.slice(0, 1)}-${waits.length}`));
    step.update(`${waits.length} agents became Ready`);
  }
  return waits;
}

async function waitForReady(world: TenantWorld, name: string): Promise<number> {
  await world.create('Deployment', namespace, deploymentObject(name, 1));
  await world.create('ConfigMap', namespace, { metadata: { name }, data: { 'index.ts': sourceOf(name) } });
  const began = performance.now();
  await world.create('SpAgent', namespace, agentObject(name, { filter: { build: { configMap: { name } } } }));
  await repeatUntil(() => isAgentReady(world, name), { seconds: waitSecondsMax, pollMilliseconds: 100 });
  const waited = (performance.now() - began) / 1000;
  await world.remove('SpAgent', namespace, name);
  await world.remove('ConfigMap', namespace, name);
  await world.remove('Deployment', namespace, name);
  return waited;
}

async function isAgentReady({ client }: TenantWorld, name: string): Promise<boolean> {
  const { status } = await client.json<{ readonly status?: SpAgentStatus }>({
    path: objectPath({ kind: 'SpAgent', namespace, name }),
  });
  return isReady(status);
}

/** The smallest value that the share of all values does not exceed. */
export function percentile(values: readonly number[], share: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.ceil(sorted.length * share) - 1)] ?? Number.NaN;
}
