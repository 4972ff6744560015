import assert from 'node:assert/strict';
import { eventually } from '../support/eventually.ts';
import { patience } from '../support/operator.ts';
import {
  annotate,
  awaitApproval,
  countOf,
  livingPods,
  podsAt,
  ready,
  secondRevision,
  uids,
} from '../support/second-revision.ts';

const manual = { canary: [{ pods: 1, bake: '0s', approval: 'Manual' }] };

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
    await annotate(world, { 'softprobe.ai/promote': 'aaaaaaaaaaaa/Canary 1 of 1' });
    await annotate(world, { 'softprobe.ai/promote': `${second}/Canary 1 of 1` });
    await world.condition('checkout', 'Ready', ready);
    assert.equal(await countOf(world, second), 4);
    const reasons = (await world.list('Event')).map((event) => event['reason'] as string);
    assert.ok(reasons.includes('CanaryStarted') && reasons.includes('ApprovalRequired'), reasons.join());
  });

  it('switches the pod back, without a restart, when the rollout is aborted', async () => {
    await using run = await secondRevision(manual);
    const { world, first, second, pods } = run;
    await awaitApproval(world);
    await annotate(world, { 'softprobe.ai/abort': second });
    await world.condition('checkout', 'Degraded', { status: 'True', reason: 'RolledBack' });
    assert.equal(await countOf(world, first), 4);
    assert.deepEqual(await uids(world), pods);
  });

  it('replaces a pod that dies, and one that an autoscaler takes away', async () => {
    await using run = await secondRevision(manual);
    const { world, second } = run;
    await awaitApproval(world);
    const [canary = ''] = await podsAt(world, second);
    await world.remove('Pod', canary);
    await eventually('another canary', async () => (await countOf(world, second)) === 1, patience);
    await world.patch('Deployment', 'checkout', { spec: { replicas: 2 } });
    await eventually(
      'one canary of two pods',
      async () => (await livingPods(world)).length === 2 && (await countOf(world, second)) === 1,
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
    assert.equal(metadata.labels['revision.softprobe.ai/checkout'], undefined);
    await world.patch('Deployment', 'checkout', { spec: { replicas: 6 } });
    await eventually('six pods', async () => (await countOf(world, second)) === 6, patience);
  });
});
