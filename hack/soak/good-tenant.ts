import { startStep } from '../tools/progress.ts';
import { repeatUntil } from '../../operator/cli/repeat-until.ts';
import type { SpAgentStatus } from '../../operator/api/status-schema.ts';
import { objectPath } from '../../operator/cluster/kinds.ts';
import { isReady } from '../is-ready.ts';
import { agentObject, type SoakWorld } from './world.ts';

const namespace = 'good';
/** One that waits longer counts as this. Seconds. */
const waitSecondsMax = 600;

/**
 * Again and again: a workload, a source of its own and an SpAgent, until the agent is Ready; then all of it goes.
 * @returns seconds from creation to Ready, one for each agent.
 */
export async function waitsForReady(world: SoakWorld, phase: string, seconds: number): Promise<number[]> {
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

async function waitForReady(world: SoakWorld, name: string): Promise<number> {
  const labels = { app: name };
  const template = { metadata: { labels }, spec: { containers: [{ name: 'app', image: 'app' }] } };
  await world.create('Deployment', namespace, {
    metadata: { name },
    spec: { replicas: 1, selector: { matchLabels: labels }, template },
  });
  await world.create('ConfigMap', namespace, { metadata: { name }, data: { 'index.ts': sourceOf(name) } });
  const began = performance.now();
  await world.create('SpAgent', namespace, agentObject(name, { build: { configMap: { name } } }));
  await repeatUntil(() => isAgentReady(world, name), { seconds: waitSecondsMax, pollMilliseconds: 100 });
  const waited = (performance.now() - began) / 1000;
  await world.remove('SpAgent', namespace, name);
  await world.remove('ConfigMap', namespace, name);
  await world.remove('Deployment', namespace, name);
  return waited;
}

/** A filter that does nothing; its name makes each module another one, so that each is built. */
function sourceOf(name: string): string {
  return [
    'export function proxy_abi_version_0_2_1(): void {}',
    'export function proxy_on_memory_allocate(size: u32): usize { return heap.alloc(size); }',
    'export function proxy_on_context_create(id: u32, root: u32): void {}',
    `export function name(): string { return '${name}'; }`,
  ].join('\n');
}

async function isAgentReady({ client }: SoakWorld, name: string): Promise<boolean> {
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
