import assert from 'node:assert/strict';
import type { RolloutMemory, WorkloadMemory } from '../../operator/api/rollout-memory.ts';
import { formatRolloutMemory, noMemory, parseRolloutMemory } from '../../operator/api/rollout-memory.ts';
import type { Snapshot } from '../../operator/api/snapshot.ts';
import type { Workload } from '../../operator/api/workload.ts';
import { at, ids, inShort, rolling, start, workloadAt, workloadOf } from '../support/rollout.ts';
import { plan, targetB } from '../support/rollout-table.ts';

const deadline = 600;

function memory(parts: Partial<WorkloadMemory> = {}, more: Partial<RolloutMemory> = {}): RolloutMemory {
  const cart = {
    goal: ids.b,
    attempts: 1,
    attemptedAt: at(-9000),
    progressAt: at(0),
    score: 0,
    unready: 0,
    hasArrived: false,
    ...parts,
  };
  return { ...more, workloads: { 'uid-cart': cart } };
}

function planWith(known: RolloutMemory, workload: Workload, world: Parameters<typeof plan>[1] = {}) {
  const target = { ...targetB, memory: known };
  return plan(target, { workloads: [workload], ...world });
}

/** What is remembered of the workload after the run. */
function remembered(known: RolloutMemory, workload: Workload, world: Parameters<typeof plan>[1] = {}) {
  const { actions } = planWith(known, workload, world);
  const last = actions.findLast((action) => action.kind === 'Remember');
  return (last?.memory ?? known).workloads['uid-cart'];
}

const later = (seconds: number): Partial<Snapshot> => ({ now: start + seconds * 1000 });
const atB = (parts: Partial<Workload> = {}) =>
  workloadAt('cart', ids.b, { ...rolling, sinceSeconds: -9000, ...parts });

describe('a deadline', () => {
  it('counts from the last progress, not from the beginning of the step', () => {
    const known = memory({ progressAt: at(0), score: 99 });
    assert.equal(planWith(known, atB(), later(599)).progress.state, 'Progressing');
    assert.equal(planWith(known, atB(), later(600)).progress.state, 'RollingBack');
  });

  it('lets a StatefulSet of twenty pods take as long as each of them makes progress', () => {
    let known = memory();
    for (let pod = 1; pod <= 20; pod += 1) {
      const set = atB({ kind: 'StatefulSet', desired: 20, updated: pod, ready: 19, total: 20 });
      const run = planWith(known, set, later(pod * 45));
      assert.equal(run.progress.state, 'Progressing', `pod ${pod}`);
      const next = run.actions.findLast((action) => action.kind === 'Remember');
      known = next?.memory ?? known;
    }
  });

  it('does not take a pod that fails again and again for progress', () => {
    const known = memory({ progressAt: at(0), score: 2 });
    for (const ready of [2, 3, 2]) {
      assert.equal(remembered(known, atB({ ready, updated: 1 }), later(300))?.progressAt, at(0));
    }
  });

  it('is written down ten times at most', () => {
    const known = memory({ progressAt: at(0) });
    const [early, due] = [59, 60].map((seconds) => remembered(known, atB(), later(seconds))?.progressAt);
    assert.deepEqual([early, due], [at(0), at(60)]);
  });

  it('stands still while spec.rollout.paused holds the rollout', () => {
    const known = memory({ progressAt: at(0), score: 99 }, { pausedSince: at(100) });
    const paused = { rollout: { paused: true } };
    assert.equal(planWith(known, atB(), { ...later(9000), ...paused }).progress.state, 'Paused');
    const resumed = planWith(known, atB(), later(9000));
    assert.equal(resumed.progress.state, 'Progressing');
    assert.equal(resumed.nextLook, deadline - 100);
  });

  it('stands still while its owner has the workload paused', () => {
    const known = memory({ progressAt: at(0), score: 99 });
    assert.equal(remembered(known, atB({ isPaused: true }), later(100))?.pausedSince, at(100));
    const pausedKnown = memory({ progressAt: at(0), score: 99, pausedSince: at(100) });
    const resumed = planWith(pausedKnown, atB(), later(9000));
    assert.deepEqual([resumed.progress.state, resumed.nextLook], ['Progressing', deadline - 100]);
  });
});

describe('progress', () => {
  it('is a new pod that is ready, also where no proxy is asked', () => {
    const known = memory({ score: 1 });
    const ready = (pods: number) =>
      remembered(known, atB({ updated: 1, ready: pods, total: 3 }), later(300))?.progressAt;
    assert.deepEqual([ready(2), ready(3)], [at(0), at(300)]);
  });

  it('counts from the retry of a revision that failed, not from a step before it', () => {
    const retried = { retriedAt: at(-100), workloads: {} };
    const run = planWith(retried, atB());
    assert.deepEqual([run.progress.state, run.nextLook], ['Progressing', deadline - 100]);
    const kept = run.actions.findLast((action) => action.kind === 'Remember');
    assert.equal(kept?.memory.retriedAt, at(-100));
  });

  it('is not watched in a workload that somebody else put at the revision', () => {
    const byHand = workloadOf('cart', { templateRevision: ids.b, ...rolling });
    assert.equal(remembered(noMemory, byHand), undefined);
    const run = planWith(noMemory, byHand, later(9000));
    assert.equal(run.progress.state, 'Progressing');
  });
});

describe('an arrival', () => {
  it('is recorded once, and what the workload lacks later fails nothing', () => {
    assert.equal(remembered(memory(), workloadAt('cart', ids.b))?.hasArrived, true);
    const scaled = atB({ desired: 9, updated: 4, ready: 3, total: 4 });
    const { actions, progress } = planWith(memory({ hasArrived: true }), scaled, later(9000));
    assert.deepEqual(inShort(actions), [`MarkStable ${ids.b}`]);
    assert.equal(progress.state, 'Complete');
  });

  it('survives a pause in which the workload is scaled', () => {
    const known = memory({ hasArrived: true }, { pausedSince: at(10) });
    const scaled = atB({ desired: 9, updated: 9, ready: 3, total: 9 });
    assert.deepEqual(inShort(planWith(known, scaled, later(5000)).actions), [`MarkStable ${ids.b}`]);
  });
});

describe('a step that somebody undoes', () => {
  const bare = workloadOf('cart');

  it('is counted before it is taken', () => {
    const { actions } = plan(targetB, { workloads: [bare] });
    assert.deepEqual(
      actions.map(({ kind }) => kind),
      ['Remember', 'SetWorkloadRevision', 'Event'],
    );
    assert.equal(remembered(noMemory, bare)?.attempts, 1);
  });

  it('is taken a second time at once where nothing of it is left, then once an hour, then ever less', () => {
    const takes = (attempts: number, secondsAgo: number) =>
      inShort(planWith(memory({ attempts, attemptedAt: at(-secondsAgo) }), bare).actions).length > 0;
    assert.ok(takes(1, 1));
    assert.ok(!takes(2, 3599));
    assert.ok(takes(2, 3600));
    assert.ok(!takes(3, 7199));
    assert.ok(takes(3, 7200));
    assert.ok(takes(50, 86_400));
  });

  it('is reported with who did it, and does not hold up the others', () => {
    const known = memory({ attempts: 2, attemptedAt: at(-1) });
    const { progress } = planWith(known, workloadOf('cart', { lastWriter: 'homegrown' }));
    assert.equal(progress.reason, 'LabelTakenOver');
    assert.match(progress.message, /"homegrown" changed the template's label/);
  });

  it('counts from one again when the workload was at another revision meanwhile', () => {
    const known = memory({ attempts: 5, attemptedAt: at(-1) });
    assert.equal(remembered(known, workloadAt('cart', ids.a))?.attempts, 1);
  });
});

describe('health', () => {
  const node = { kind: 'DaemonSet', desired: 100, maxUnavailable: 1 } as const;

  it('is judged against the pods that were not ready before the step', () => {
    const before = workloadOf('cart', { ...node, updated: 100, ready: 99, total: 100 });
    const known = remembered(noMemory, before);
    assert.equal(known?.unready, 1);
    const after = workloadAt('cart', ids.b, { ...node, updated: 99, ready: 99, total: 100 });
    assert.deepEqual(inShort(planWith({ workloads: { 'uid-cart': known } }, after).actions), [
      `MarkStable ${ids.b}`,
    ]);
    const worse = workloadAt('cart', ids.b, { ...node, updated: 99, ready: 98, total: 100 });
    assert.deepEqual(inShort(planWith({ workloads: { 'uid-cart': known } }, worse).actions), []);
  });

  it('beyond what its own rolling update may miss leaves the workload out, at its revision too', () => {
    const unhealthy = workloadAt('cart', ids.a, {
      ...node,
      ready: 98,
      total: 100,
      updated: 100,
      sinceSeconds: -9050,
    });
    const { actions, progress, skipped } = plan(targetB, { workloads: [unhealthy] });
    assert.deepEqual(inShort(actions), []);
    assert.equal(progress.state, 'Progressing');
    assert.equal(skipped.get('DaemonSet/cart')?.reason, 'AlreadyUnhealthy');
  });
});

describe('the memory of a rollout', () => {
  it('is read back as it was written', () => {
    const known = memory({ pausedSince: at(1) }, { retriedAt: at(2), pausedSince: at(3) });
    assert.deepEqual(parseRolloutMemory(formatRolloutMemory(known)), known);
  });

  it('counts as none where somebody edited it', () => {
    for (const text of [undefined, '', '{', '[]', '{"workloads":{"u":{"attempts":"x"}}}', 'null']) {
      assert.deepEqual(parseRolloutMemory(text), noMemory, text);
    }
  });

  it('forgets workloads that are gone', () => {
    const known = { workloads: { ...memory().workloads, 'uid-gone': memory().workloads['uid-cart']! } };
    const { actions } = planWith(known, atB());
    const last = actions.find((action) => action.kind === 'Remember');
    assert.deepEqual(Object.keys(last?.memory.workloads ?? {}), ['uid-cart']);
  });
});
