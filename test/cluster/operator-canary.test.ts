import assert from 'node:assert/strict';
import { sharedCluster } from '../support/cluster.ts';
import { eventually } from '../support/eventually.ts';
import { patience, startWorld, type World } from '../support/operator.ts';

const label = 'revision.softprobe.ai/checkout';
const ready = { status: 'True', reason: 'Healthy' } as const;
const capture = { redactMarker: 'Plain' };
const manual = { canary: [{ pods: 1, bake: '0s', approval: 'Manual' }] };

/** Four pods at revision 1, and a second one asked for with these settings of spec.rollout. */
async function secondRevision(rollout: object) {
  await using started = new AsyncDisposableStack();
  const world = started.use(await startWorld(await sharedCluster()));
  await world.createDeployment('checkout', 4);
  await world.createAgent('checkout', {
    capture,
    rollout: { method: 'method' in rollout ? 'Live' : 'Restart' },
  });
  await world.condition('checkout', 'Ready', ready);
  const first = (await world.status('checkout')).targetRevision ?? '';
  const pods = await uids(world);
  await world.patch('SpAgent', 'checkout', { spec: { filter: world.moduleAt('/ok-2'), rollout } });
  const second = await eventually(
    'a second revision',
    async () => {
      const { targetRevision } = await world.status('checkout');
      return targetRevision === first ? undefined : targetRevision;
    },
    patience,
  );
  const rest = started.move();
  return { world, first, second, pods, [Symbol.asyncDispose]: () => rest.disposeAsync() };
}

async function living(world: World) {
  return (await world.list('Pod')).filter(({ metadata }) => metadata.deletionTimestamp === undefined);
}

async function uids(world: World): Promise<string[]> {
  return (await living(world)).map(({ metadata }) => metadata.uid).sort();
}

async function countOf(world: World, revision: string): Promise<number> {
  return (await living(world)).filter(({ metadata }) => metadata.labels?.[label] === revision).length;
}

async function awaitApproval(world: World): Promise<void> {
  await eventually(
    'a canary that waits for approval',
    async () => (await world.status('checkout')).rollout?.approval === 'Required',
    patience,
  );
}

describe('operator: canary', () => {
  it('switches one running pod, and restarts the workload once it is promoted', async () => {
    await using run = await secondRevision(manual);
    const { world, second, pods } = run;
    await awaitApproval(world);
    assert.deepEqual(await uids(world), pods);
    assert.equal(await countOf(world, second), 1);
    const { rollout } = await world.status('checkout');
    assert.equal(rollout?.step, 'Canary 1 of 1');
    assert.deepEqual(rollout?.canary, { pods: 1, verified: 1 });
    // One that is meant for another revision is not heard.
    const promote = (value: string) => ({ metadata: { annotations: { 'softprobe.ai/promote': value } } });
    await world.patch('SpAgent', 'checkout', promote('aaaaaaaaaaaa/Canary 1 of 1'));
    await world.patch('SpAgent', 'checkout', promote(`${second}/Canary 1 of 1`));
    await world.condition('checkout', 'Ready', ready);
    assert.equal(await countOf(world, second), 4);
    const reasons = (await world.list('Event')).map((event) => event['reason'] as string);
    assert.ok(reasons.includes('CanaryStarted') && reasons.includes('ApprovalRequired'), reasons.join());
  });

  it('switches the pod back, without a restart, when the rollout is aborted', async () => {
    await using run = await secondRevision(manual);
    const { world, first, second, pods } = run;
    await awaitApproval(world);
    const annotations = { 'softprobe.ai/abort': second };
    await world.patch('SpAgent', 'checkout', { metadata: { annotations } });
    await world.condition('checkout', 'Degraded', { status: 'True', reason: 'RolledBack' });
    assert.equal(await countOf(world, first), 4);
    assert.deepEqual(await uids(world), pods);
  });

  it('replaces a pod that dies, and one that an autoscaler takes away', async () => {
    await using run = await secondRevision(manual);
    const { world, second } = run;
    await awaitApproval(world);
    const canary = (await living(world)).find(({ metadata }) => metadata.labels?.[label] === second);
    await world.remove('Pod', canary?.metadata.name ?? '');
    await eventually('another canary', async () => (await countOf(world, second)) === 1, patience);
    await world.patch('Deployment', 'checkout', { spec: { replicas: 2 } });
    await eventually(
      'one canary of two pods',
      async () => (await living(world)).length === 2 && (await countOf(world, second)) === 1,
      patience,
    );
  });
});

describe('operator: method Live', () => {
  it('takes a new revision to running pods and to new ones, without any restart', async () => {
    await using run = await secondRevision({ method: 'Live' });
    const { world, second, pods } = run;
    await world.condition('checkout', 'Ready', ready);
    assert.equal(await countOf(world, second), 4);
    assert.deepEqual(await uids(world), pods);
    const { metadata } = (await world.get('Deployment', 'checkout')).spec.template;
    assert.equal(metadata.labels[label], undefined);
    await world.patch('Deployment', 'checkout', { spec: { replicas: 6 } });
    await eventually('six pods', async () => (await countOf(world, second)) === 6, patience);
  });
});
