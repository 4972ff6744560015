import assert from 'node:assert/strict';
import { ids } from '../support/rollout.ts';
import { RolloutRun, stableWorld } from '../support/rollout-run.ts';

const names = ['a', 'b', 'c', 'd', 'e'];

function begun(waves: object, more: object = {}): RolloutRun {
  return new RolloutRun({ rollout: { waves, ...more }, ...stableWorld(...names) });
}

const to = (...workloads: string[]) => workloads.map((name) => `Deployment/${name} → ${ids.b}`);

describe('waves of workloads', () => {
  it('are of one workload by default', () => {
    const run = begun({});
    assert.deepEqual(run.run().does, to('a'));
    assert.deepEqual(run.run().does, []);
    run.replacePods('a');
    const { does, plan } = run.run();
    assert.deepEqual(does, to('b'));
    assert.equal(plan.progress.step?.name, 'Wave 1 of 5');
  });

  it('update as many at once as the spec says, and begin when the one before is done', () => {
    const run = begun({ maxConcurrent: 2 });
    const first = run.run();
    assert.deepEqual(first.does, to('a', 'b'));
    assert.match(
      first.plan.progress.message,
      /Deployment shop\/b: updating to revision bbbbbbbbbbbb, and 1 more/,
    );
    run.replacePods('a');
    assert.deepEqual(run.run().does, []);
    assert.equal(run.plan().progress.step?.name, 'Wave 1 of 3');
    run.replacePods('b');
    assert.deepEqual(run.run().does, to('c', 'd'));
    assert.equal(run.plan().progress.step?.name, 'Wave 2 of 3');
  });

  it('are a share of the selected workloads, at least one', () => {
    assert.deepEqual(begun({ maxConcurrent: '50%' }).run().does, to('a', 'b'));
    assert.deepEqual(begun({ maxConcurrent: '1%' }).run().does, to('a'));
  });

  it('are observed for the bake before the next one, and before the revision is stable', () => {
    const run = begun({ maxConcurrent: 3, bake: '30s' });
    run.run();
    for (const name of ['a', 'b', 'c']) run.replacePods(name);
    const { does, plan } = run.run();
    assert.deepEqual(does, []);
    assert.match(plan.progress.message, /^Wave 1 of 2: its pods run the revision and are observed for 30s/);
    assert.equal(plan.nextLook, 30);
    run.wait(30);
    assert.deepEqual(run.run().does, to('d', 'e'));
    for (const name of ['d', 'e']) run.replacePods(name);
    assert.deepEqual(run.run().does, []);
    run.wait(30);
    assert.deepEqual(run.run().does, [`MarkStable ${ids.b}`]);
  });

  it('begin their bake when all of their workloads are done', () => {
    const run = begun({ maxConcurrent: 2, bake: '30s' });
    run.run();
    run.replacePods('a');
    run.changePod('b-0', { isReady: false });
    const { plan } = run.run();
    assert.equal(plan.progress.step?.bakeUntil, undefined);
    assert.match(plan.progress.message, /^Deployment shop\/b/);
  });

  it('fail the revision when a gate fails in their bake', () => {
    const gates = [{ name: 'errors', webhook: { url: 'http://checks' } }];
    const run = begun({ maxConcurrent: 5, bake: '30s' }, { gates });
    run.run();
    for (const name of names) run.replacePods(name);
    const since = run.run().plan.progress.step?.question?.since;
    assert.ok(since);
    const sample = { kind: 'Webhook', at: run.snapshot.now, status: 403, problem: undefined } as const;
    const byGate = new Map([['errors', sample]]);
    run.change({ gateSamples: { since, measuredSince: since, byGate } });
    const { does, plan } = run.run();
    assert.ok(does.includes(`MarkFailed ${ids.b}`));
    assert.equal(plan.progress.state, 'RollingBack');
  });

  it('continue where an operator was killed in the middle of one', () => {
    for (let survives = 0; survives < 6; survives++) {
      const run = begun({ maxConcurrent: 2, bake: '30s' });
      run.run(survives);
      for (let turn = 0; turn < 20; turn++) {
        for (const name of names) run.replacePods(name);
        run.wait(30);
        run.run();
      }
      assert.equal(run.plan().progress.state, 'Complete', `after ${survives} actions`);
    }
  });

  it('take workloads back from a failed revision in the same number', () => {
    const run = begun({ maxConcurrent: 2 });
    run.run();
    const broken = { state: 'NotVerified', message: 'refused', cause: 'Refused' } as const;
    for (const name of ['a', 'b']) run.replacePods(name);
    run.changePod('b-1', { verification: broken });
    assert.deepEqual(run.run().does, [
      `MarkFailed ${ids.b}`,
      ...['a-0', 'a-1', 'a-2', 'b-0', 'b-1', 'b-2'].map((pod) => `${pod} → ${ids.a}`),
      `Deployment/a → ${ids.a}`,
      `Deployment/b → ${ids.a}`,
    ]);
  });
});

describe('windows', () => {
  const closed = { windows: [{ from: '09:00', to: '16:00', timeZone: 'Europe/Zurich' }] };

  it('hold the next step while they are closed, and say when they open', () => {
    const run = begun({}, closed);
    const { does, plan } = run.run();
    assert.deepEqual(does, []);
    assert.equal(plan.progress.state, 'Paused');
    assert.equal(plan.progress.reason, 'OutsideWindow');
    assert.match(plan.progress.message, /the next step begins at 2026-01-02T08:00:00Z or later/);
    assert.equal(plan.nextLook, 4 * 3600);
    run.wait(4 * 3600);
    assert.deepEqual(run.run().does, to('a'));
  });

  it('never hold a rollback', () => {
    const run = begun({}, closed);
    run.wait(11 * 3600 - 1);
    run.run();
    run.replacePods('a');
    run.wait(60);
    run.changePod('a-0', { verification: { state: 'NotVerified', message: 'refused', cause: 'Refused' } });
    assert.ok(run.run().does.includes(`Deployment/a → ${ids.a}`));
  });
});
