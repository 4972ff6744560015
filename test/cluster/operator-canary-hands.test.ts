import assert from 'node:assert/strict';
import { stepAnnotation } from '../../operator/api/names.ts';
import { objectPath } from '../../operator/cluster/kinds.ts';
import { sharedCluster } from '../support/cluster.ts';
import { eventually } from '../support/eventually.ts';
import { patience, startWorld, type LooseObject, type World } from '../support/operator.ts';
import {
  annotate,
  awaitApproval,
  countOf,
  livingPods,
  ready,
  secondRevision,
  templateRevision,
  uids,
} from '../support/second-revision.ts';

const step = (pods: number) => ({ pods, bake: '0s', approval: 'Manual' });

async function promote(world: World, revision: string, what: string): Promise<void> {
  await annotate(world, { 'softprobe.ai/promote': `${revision}/${what}` });
}

/** What a tool does that replaces the object by the one in its repository, which knows nothing of the operator. */
async function replaceDeployment(world: World): Promise<void> {
  const { apiVersion, kind, metadata, spec } = await world.get('Deployment', 'checkout');
  const { name, namespace } = metadata;
  const template = { ...spec.template, metadata: { labels: { app: 'checkout' } } };
  const body = { apiVersion, kind, metadata: { name, namespace }, spec: { ...spec, template } };
  const path = objectPath({ kind: 'Deployment', namespace: world.namespace, name });
  await world.client.request({ method: 'PUT', path, body });
}

/** Carries a step of the operator, and its rolling update is not over. */
function isInMotion({ metadata, spec, status }: LooseObject): boolean {
  if (metadata.annotations?.[stepAnnotation(metadata.name)] === undefined) return false;
  const { observedGeneration, replicas, updatedReplicas, readyReplicas } = status ?? {};
  const isSeen = observedGeneration === (metadata as { generation?: number }).generation;
  return !isSeen || [replicas, updatedReplicas, readyReplicas].some((count) => count !== spec.replicas);
}

describe('operator: a canary and other hands', () => {
  it('ends the wait of one step by one command, however often and late that is given', async () => {
    await using run = await secondRevision({ canary: [step(1), step(2)] });
    const { world, first, second } = run;
    await awaitApproval(world, 'Canary 1 of 2');
    await promote(world, second, 'Canary 1 of 2');
    await awaitApproval(world, 'Canary 2 of 2');
    // Paused with the same write, so that the status shows that the operator has seen it.
    for (const late of [`${second}/Canary 1 of 2`, `${first}/full`]) {
      await annotate(world, { 'softprobe.ai/promote': late, 'softprobe.ai/pause': second });
      const isPaused = async () => (await world.status('checkout')).rollout?.state === 'Paused';
      await eventually('a paused rollout', isPaused, patience);
      assert.equal(await countOf(world, second), 2);
      await annotate(world, { 'softprobe.ai/pause': first });
      await awaitApproval(world, 'Canary 2 of 2');
    }
    assert.equal(await templateRevision(world), first);
    await promote(world, second, 'Canary 2 of 2');
    await world.condition('checkout', 'Ready', ready);
    assert.equal(await countOf(world, second), 4);
  });

  it('goes back without a restart when a tool puts the former spec of the agent back', async () => {
    await using run = await secondRevision({ canary: [step(2)] });
    const { world, first, pods } = run;
    await awaitApproval(world);
    await world.patch('SpAgent', 'checkout', { spec: { filter: world.moduleAt('/ok-1') } });
    await world.condition('checkout', 'Ready', ready);
    assert.equal((await world.status('checkout')).targetRevision, first);
    assert.equal(await countOf(world, first), 4);
    assert.deepEqual(await uids(world), pods);
  });

  it('keeps one canary while a tool replaces the Deployment, and finishes when it is promoted', async () => {
    await using run = await secondRevision({ canary: [step(1)] });
    const { world, second, pods } = run;
    await awaitApproval(world);
    await replaceDeployment(world);
    const isReplaced = async () => {
      const living = await uids(world);
      return living.length === 4 && living.every((uid) => !pods.includes(uid));
    };
    await eventually('other pods', isReplaced, patience);
    await eventually('one canary', async () => (await countOf(world, second)) === 1, patience);
    await awaitApproval(world);
    await promote(world, second, 'Canary 1 of 1');
    await world.condition('checkout', 'Ready', ready);
    assert.equal(await countOf(world, second), 4);
  });

  it('bakes to its end on another pod when the owner deploys in the middle of the bake', async () => {
    await using run = await secondRevision({ canary: [{ pods: 1, bake: '4s', approval: 'Manual' }] });
    const { world, first, second, pods } = run;
    const bakeUntil = async () => (await world.status('checkout')).rollout?.bakeUntil;
    const atBest = Date.parse(await eventually('a bake', bakeUntil, patience));
    const template = { metadata: { annotations: { deployed: 'again' } } };
    await world.patch('Deployment', 'checkout', { spec: { template } });
    const rollout = await awaitApproval(world);
    assert.deepEqual(rollout?.canary, { pods: 1, verified: 1 });
    assert.ok(Date.now() >= atBest, 'the bake was cut short');
    const isDeployed = async () => (await uids(world)).every((uid) => !pods.includes(uid));
    await eventually('the pods of the deploy', isDeployed, patience);
    await eventually('one canary', async () => (await countOf(world, second)) === 1, patience);
    assert.equal(await countOf(world, first), (await livingPods(world)).length - 1);
    await promote(world, second, 'Canary 1 of 1');
    await world.condition('checkout', 'Ready', ready);
  });
});

describe('operator: many agents at once', () => {
  it('restarts no more workloads than the operator allows, and the others say that they wait', async () => {
    await using world = await startWorld(await sharedCluster(), { maxWorkloadsInMotion: 1 });
    const names = ['cart', 'checkout', 'orders', 'search', 'stock'];
    for (const name of names) await world.createDeployment(name);
    for (const name of names) await world.createAgent(name, { selector: { matchLabels: { app: name } } });
    let most = 0;
    const reasons = new Set<string | undefined>();
    const areReady = async () => {
      const moving = (await world.list('Deployment')).filter(isInMotion);
      most = Math.max(most, moving.length);
      const statuses = await Promise.all(names.map((name) => world.status(name)));
      const reasonOf = (type: string) =>
        statuses.map(({ conditions = [] }) => conditions.find((one) => one.type === type)?.reason);
      for (const reason of reasonOf('Progressing')) reasons.add(reason);
      return reasonOf('Ready').every((reason) => reason === ready.reason);
    };
    await eventually('five Ready agents', areReady, patience);
    assert.equal(most, 1);
    assert.ok(reasons.has('Queued'), [...reasons].join());
  });
});
