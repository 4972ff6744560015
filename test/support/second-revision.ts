import type { SpAgentStatus } from '../../operator/api/status-schema.ts';
import { sharedCluster } from './cluster.ts';
import { eventually } from './eventually.ts';
import { patience, startWorld, type LooseObject, type World } from './operator.ts';

const label = 'revision.softprobe.ai/checkout';
export const ready = { status: 'True', reason: 'Healthy' } as const;
/** No key, which would reach pods by a restart alone. */
const capture = { redactMarker: 'Plain' };

/** A world whose Deployment and agent `checkout` have a first revision, and are asked for a second one. */
export interface SecondRevision extends AsyncDisposable {
  readonly world: World;
  readonly first: string;
  readonly second: string;
  /** Uids of the pods before the second one was asked for. */
  readonly pods: readonly string[];
}

/** Four pods at the first revision, and a second one asked for with these settings of spec.rollout. */
export async function secondRevision(rollout: object): Promise<SecondRevision> {
  await using started = new AsyncDisposableStack();
  const world = started.use(await startWorld(await sharedCluster()));
  await world.createDeployment('checkout', 4);
  const method = 'method' in rollout ? 'Live' : 'Restart';
  await world.createAgent('checkout', { capture, rollout: { method } });
  await world.condition('checkout', 'Ready', ready);
  const first = (await world.status('checkout')).targetRevision ?? '';
  const pods = await uids(world);
  await world.patch('SpAgent', 'checkout', { spec: { filter: world.moduleAt('/ok-2'), rollout } });
  const second = await targetOtherThan(world, first);
  const rest = started.move();
  return { world, first, second, pods, [Symbol.asyncDispose]: () => rest.disposeAsync() };
}

/** Waits until the agent has another target, and returns it. */
function targetOtherThan(world: World, former: string): Promise<string> {
  return eventually(
    'another revision',
    async () => {
      const { targetRevision } = await world.status('checkout');
      return targetRevision === former ? undefined : targetRevision;
    },
    patience,
  );
}

export async function livingPods(world: World): Promise<LooseObject[]> {
  return (await world.list('Pod')).filter(({ metadata }) => metadata.deletionTimestamp === undefined);
}

export async function uids(world: World): Promise<string[]> {
  return (await livingPods(world)).map(({ metadata }) => metadata.uid).sort();
}

/** Names of the pods with a revision. */
export async function podsAt(world: World, revision: string): Promise<string[]> {
  const pods = (await livingPods(world)).filter(({ metadata }) => metadata.labels?.[label] === revision);
  return pods.map(({ metadata }) => metadata.name);
}

export async function countOf(world: World, revision: string): Promise<number> {
  return (await podsAt(world, revision)).length;
}

export async function templateRevision(world: World): Promise<string | undefined> {
  const { spec } = await world.get('Deployment', 'checkout');
  return spec.template.metadata.labels[label] as string | undefined;
}

export async function annotate(world: World, annotations: Record<string, string>): Promise<void> {
  await world.patch('SpAgent', 'checkout', { metadata: { annotations } });
}

/** @param step as in `status.rollout.step`; any, if absent. */
export async function awaitApproval(world: World, step?: string): Promise<SpAgentStatus['rollout']> {
  return eventually(
    'a canary that waits for approval',
    async () => {
      const { rollout } = await world.status('checkout');
      if (rollout?.approval !== 'Required' || rollout.state === 'Paused') return undefined;
      return step === undefined || rollout.step === step ? rollout : undefined;
    },
    patience,
  );
}
