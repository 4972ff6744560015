import assert from 'node:assert/strict';
import { inShort, ids, stepTo, workloadOf } from '../support/rollout.ts';
import { RolloutRun, stableWorld } from '../support/rollout-run.ts';

const step = [`Deployment/cart → ${ids.b}`];

/** Runs that end after the step is remembered and before its label is set. */
function killedRuns(run: RolloutRun, count: number): void {
  for (let killed = 0; killed < count; killed++) {
    const { does, plan } = run.run(1);
    assert.deepEqual([does, plan.actions[0]?.kind], [[], 'Remember']);
    run.wait(5);
  }
}

function memoryOfCart({ snapshot }: RolloutRun) {
  return snapshot.revisions.find(({ id }) => id === ids.b)?.memory.workloads['uid-cart'];
}

describe('a step whose operator is killed before it sets the label', () => {
  for (const count of [1, 2, 5]) {
    it(`is taken by the next operator without a wait, and counts once, after ${count} kills`, () => {
      const run = new RolloutRun({ workloads: [workloadOf('cart')] });
      killedRuns(run, count);
      const { does, plan } = run.run();
      assert.deepEqual([does, plan.progress.state], [step, 'Progressing']);
      assert.equal(memoryOfCart(run)?.attempts, 1);
    });
  }

  it('is taken without a wait where it was due to be repeated, and its count stays', () => {
    const run = new RolloutRun({ workloads: [workloadOf('cart')] });
    const wipe = () => {
      run.change({
        workloads: run.snapshot.workloads.map((one) => ({
          ...one,
          generation: one.generation + 1,
          templateRevision: undefined,
          step: undefined,
        })),
      });
    };
    run.run();
    wipe();
    run.run();
    wipe();
    assert.equal(run.run().plan.progress.reason, 'LabelTakenOver');
    run.wait(3600);
    killedRuns(run, 2);
    assert.deepEqual(run.run().does, step);
    assert.equal(memoryOfCart(run)?.attempts, 3);
    wipe();
    const { does, plan } = run.run();
    assert.deepEqual([does, plan.progress.reason, plan.nextLook], [[], 'LabelTakenOver', 7200]);
  });

  it('counts as taken where the label was set and taken off again', () => {
    const run = new RolloutRun({ workloads: [workloadOf('cart', { generation: 7 })] });
    run.run();
    assert.equal(memoryOfCart(run)?.generation, 7);
    run.change({ workloads: [workloadOf('cart', { generation: 9, step: stepTo(ids.b, 0) })] });
    const { plan } = run.run();
    assert.deepEqual([inShort(plan.actions), plan.progress.reason], [[], 'LabelTakenOver']);
  });
});

describe('a wave whose operator is killed before it sets the first label', () => {
  it('is not observed, and begins with the same number', () => {
    const waves = { maxConcurrent: 2, bake: '5m' };
    const run = new RolloutRun({ rollout: { waves }, ...stableWorld('cart', 'web') });
    for (let killed = 0; killed < 3; killed++) {
      assert.deepEqual(run.run(1).does, []);
      run.wait(5);
    }
    const { does } = run.run();
    assert.deepEqual(does, [`Deployment/cart → ${ids.b}`, `Deployment/web → ${ids.b}`]);
    assert.equal(run.plan().progress.step?.name, 'Wave 1 of 1');
  });

  it('is observed where a part of its workloads was updated', () => {
    const waves = { maxConcurrent: 2, bake: '5m' };
    const run = new RolloutRun({ rollout: { waves }, ...stableWorld('cart', 'web') });
    assert.deepEqual(run.run(2).does, [`Deployment/cart → ${ids.b}`]);
    run.replacePods('cart');
    const { does, plan } = run.run();
    assert.deepEqual([does, plan.progress.step?.name], [[], 'Wave 1 of 2']);
    assert.match(plan.progress.message, /are observed for 5m/);
    run.run();
    run.wait(300);
    assert.deepEqual(run.run().does, [`Deployment/web → ${ids.b}`]);
    assert.equal(run.plan().progress.step?.name, 'Wave 2 of 2');
  });
});
