import assert from 'node:assert/strict';
import type { Action } from '../../operator/api/actions.ts';
import { at, ids, stepTo } from '../support/rollout.ts';
import { RolloutRun, stableWorld } from '../support/rollout-run.ts';

const unverified = {
  verification: { state: 'NotVerified', message: 'no module', cause: 'Unclear' },
} as const;
const verified = { verification: { state: 'Verified' } } as const;

function memoryOf({ snapshot }: RolloutRun, id: string = ids.b) {
  const memory = snapshot.revisions.find((one) => one.id === id)?.memory;
  assert.ok(memory);
  return memory;
}

function runOf(rollout: object): RolloutRun {
  return new RolloutRun({ rollout, ...stableWorld('cart', 'web') });
}

describe('what is remembered of a canary step', () => {
  const canary = [{ pods: 2, bake: '2m' }];

  it('is when it began, and since when its pods do not all run the revision, while they do not', () => {
    const run = runOf({ canary });
    run.changePod('cart-0', unverified);
    run.run();
    assert.deepEqual(memoryOf(run).canary, { passed: 0, since: at(0), unverifiedSince: at(0) });
    run.wait(10);
    run.run();
    assert.deepEqual(memoryOf(run).canary, { passed: 0, since: at(0), unverifiedSince: at(0) });
    run.changePod('cart-0', verified);
    run.run();
    const bake = { since: at(10), countsFrom: at(10) };
    assert.deepEqual(memoryOf(run).canary, { passed: 0, since: at(0), bake });
    run.wait(10);
    run.changePod('web-1', unverified);
    run.run();
    const interrupted = { ...bake, interruptedAt: at(20) };
    assert.deepEqual(memoryOf(run).canary, {
      ...{ passed: 0, since: at(0), unverifiedSince: at(20) },
      bake: interrupted,
    });
  });

  it('is not since when pods lack the revision while the rollout is paused', () => {
    const run = runOf({ canary });
    run.run();
    run.wait(5);
    run.changePod('cart-0', unverified);
    run.ask({ pause: ids.b });
    run.run();
    assert.deepEqual(memoryOf(run).canary, { passed: 0, since: at(0) });
    run.wait(5);
    run.ask({ pause: undefined });
    run.run();
    assert.deepEqual(memoryOf(run).canary, { passed: 0, since: at(0), unverifiedSince: at(10) });
  });

  it('is that it has passed, and nothing of its time', () => {
    const run = runOf({ canary: [{ pods: 1, bake: '1s' }, { pods: 2 }] });
    run.run();
    run.run();
    run.wait(1);
    run.run();
    assert.deepEqual(memoryOf(run).canary, { passed: 1, since: at(1), unverifiedSince: at(1) });
  });

  it('survives the update of a workload, with when its pods stopped to run the revision', () => {
    const run = runOf({ canary: [{ pods: 2, bake: '0s' }] });
    run.run();
    run.run();
    run.run();
    assert.deepEqual(memoryOf(run).canary, { passed: 1 });
    run.wait(7);
    run.changePod('web-1', unverified);
    run.run();
    assert.deepEqual(memoryOf(run).canary, { passed: 1, unverifiedSince: at(7) });
    run.wait(7);
    run.run();
    assert.deepEqual(memoryOf(run).canary, { passed: 1, unverifiedSince: at(7) });
    run.ask({ pause: ids.b });
    run.run();
    assert.deepEqual(memoryOf(run).canary, { passed: 1 });
    run.ask({ pause: undefined });
    run.changePod('web-1', verified);
    run.run();
    assert.deepEqual(memoryOf(run).canary, { passed: 1 });
  });

  it('is forgotten with the wave and the workloads when the rollout was left for another revision', () => {
    const run = runOf({ canary: [{ pods: 1, bake: '0s' }] });
    for (let turn = 0; turn < 3; turn++) run.run();
    assert.ok(memoryOf(run).canary && memoryOf(run).wave);
    const back = new RolloutRun(run.snapshot, ids.a);
    back.run();
    const { canary, wave, workloads } = memoryOf(back);
    assert.deepEqual([canary, wave, workloads], [undefined, undefined, {}]);
    const isOfB = (action: Action) => action.kind === 'Remember' && action.revisionId === ids.b;
    assert.ok(!back.plan().actions.some(isOfB));
  });
});

describe('what is remembered of workloads', () => {
  it('is that each arrived, once it did', () => {
    const run = runOf({});
    run.run();
    assert.deepEqual(
      [memoryOf(run).workloads['uid-cart']?.hasArrived, memoryOf(run).wave?.number],
      [false, 1],
    );
    run.replacePods('cart');
    run.run();
    const { workloads, wave } = memoryOf(run);
    assert.deepEqual(
      [workloads['uid-cart']?.hasArrived, workloads['uid-web']?.hasArrived, wave?.number],
      [true, false, 2],
    );
    run.replacePods('web');
    run.run();
    assert.equal(memoryOf(run).workloads['uid-web']?.hasArrived, true);
  });

  it('is since when the rollout is paused, as long as one of them is in progress', () => {
    const run = runOf({});
    run.ask({ pause: ids.b });
    run.run();
    assert.equal(memoryOf(run).pausedSince, undefined);
    run.ask({ pause: undefined });
    run.run();
    run.ask({ pause: ids.b });
    for (const seconds of [3, 4]) {
      run.wait(seconds);
      run.run();
      assert.equal(memoryOf(run).pausedSince, at(3));
    }
    run.replacePods('cart');
    run.run();
    run.run();
    assert.equal(memoryOf(run).pausedSince, undefined);
  });

  it('is of a step that it had before another one was taken, where the memory of it was lost', () => {
    const world = stableWorld('cart', 'web');
    const [cart, web] = world.workloads;
    assert.ok(cart && web);
    const atB = { templateRevision: ids.b, updated: 1, ready: 2 } as const;
    const run = new RolloutRun({
      ...world,
      workloads: [
        { ...cart, ...atB, step: stepTo(ids.b, -20) },
        { ...web, ...atB, step: stepTo(ids.b, -10) },
      ],
    });
    run.run();
    const { workloads } = memoryOf(run);
    assert.deepEqual(
      [workloads['uid-cart']?.hasArrived, workloads['uid-web']?.hasArrived, workloads['uid-web']?.progressAt],
      [true, false, at(-10)],
    );
  });
});
