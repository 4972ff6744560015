import assert from 'node:assert/strict';
import { sharedCluster } from '../support/cluster.ts';
import { workUntilKilled } from '../support/mortal-operator.ts';
import {
  annotate,
  awaitApproval,
  countOf,
  ready,
  secondRevision,
  templateRevision,
  uids,
  type SecondRevision,
} from '../support/second-revision.ts';

const pods = 4;

/** Whether a condition has this status and reason. */
async function holds({ world }: SecondRevision, type: string, wanted: object): Promise<boolean> {
  const found = (await world.status('checkout')).conditions?.find((one) => one.type === type);
  return Object.entries(wanted).every(([key, value]) => found?.[key as keyof typeof found] === value);
}

async function isRolledBack(run: SecondRevision): Promise<boolean> {
  const isReported = await holds(run, 'Degraded', { status: 'True', reason: 'RolledBack' });
  return isReported && (await countOf(run.world, run.first)) === pods;
}

describe('operators that are killed after each few of their actions', () => {
  it('take a revision through two canary steps, a wave and its bake, and restart each pod once', async () => {
    const canary = [
      { pods: 1, bake: '1s' },
      { pods: '50%', bake: '0s' },
    ];
    // Paused until the first operator is killed, so that those that follow do all of it.
    await using run = await secondRevision({ canary, waves: { bake: '1s' }, paused: true });
    const { world, second } = run;
    await world.patch('SpAgent', 'checkout', { spec: { rollout: { paused: false } } });
    const killed = await workUntilKilled(await sharedCluster(), world, async () => {
      const isAtSecond = (await countOf(world, second)) === pods;
      return isAtSecond && (await holds(run, 'Ready', ready));
    });
    assert.ok(killed.length > 3, killed.join());
    assert.equal(await templateRevision(world), second);
    // The user's template, the first revision's and the second's.
    assert.equal((await world.list('ReplicaSet')).length, 3);
  });

  it('take the pods of a canary that was aborted back, without a restart', async () => {
    await using run = await secondRevision({ canary: [{ pods: '50%', bake: '0s', approval: 'Manual' }] });
    const { world, second, pods: before } = run;
    await awaitApproval(world);
    await world.operator[Symbol.asyncDispose]();
    await annotate(world, { 'softprobe.ai/abort': second });
    await workUntilKilled(await sharedCluster(), world, () => isRolledBack(run));
    assert.deepEqual(await uids(world), before);
    assert.equal((await world.list('ReplicaSet')).length, 2);
  });

  it('take a workload back that was aborted in the middle of its restart', async () => {
    await using run = await secondRevision({ paused: true });
    const { world, first, second } = run;
    // One pod after the other, each of which has to be ready for a while.
    await world.patch('Deployment', 'checkout', { spec: { minReadySeconds: 300 } });
    await world.patch('SpAgent', 'checkout', { spec: { rollout: { paused: false } } });
    const isInTheMiddle = async () => (await countOf(world, second)) > 0;
    await workUntilKilled(await sharedCluster(), world, isInTheMiddle);
    await annotate(world, { 'softprobe.ai/abort': second });
    await world.patch('Deployment', 'checkout', { spec: { minReadySeconds: 0 } });
    await workUntilKilled(await sharedCluster(), world, () => isRolledBack(run));
    assert.equal(await templateRevision(world), first);
  });

  it('bring the method Live to pods that started while none of them ran', async () => {
    await using run = await secondRevision({ method: 'Live' });
    const { world, second, pods: before } = run;
    await world.condition('checkout', 'Ready', ready);
    await world.operator[Symbol.asyncDispose]();
    await world.patch('Deployment', 'checkout', { spec: { replicas: 6 } });
    await workUntilKilled(await sharedCluster(), world, async () => (await countOf(world, second)) === 6);
    const after = await uids(world);
    assert.ok(before.every((uid) => after.includes(uid)));
  });
});
