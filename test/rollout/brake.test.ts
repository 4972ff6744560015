import assert from 'node:assert/strict';
import type { Turn } from '../../operator/api/turn.ts';
import {
  motionOf,
  turnOf,
  type BrakedWorkload,
  type ClusterState,
  type WaitingAgent,
} from '../../operator/rollout/brake.ts';
import { planRollout } from '../../operator/rollout/plan.ts';
import { at, ids, inShort, options, revisionOf, snapshotOf, start, workloadAt } from '../support/rollout.ts';

const settled = { isObserved: true, desired: 3, updated: 3, ready: 3, total: 3 };
const restarting = { ...settled, updated: 1, ready: 2 };

function workloads(count: number, parts: object, since = at(-10)): BrakedWorkload[] {
  return Array.from({ length: count }, () => ({ ...settled, ...parts, since }));
}

function turn(
  motion: Partial<ClusterState>,
  agent: WaitingAgent = { key: 'shop/checkout', since: at(0) },
): Turn {
  return turnOf(agent, { workloads: [], underWay: 0, waiting: [], limit: undefined, now: start, ...motion });
}

describe('the turn of an agent', () => {
  it('leaves ten places by default, or 5% of the workloads with a step, whichever is larger', () => {
    assert.equal(turn({}).limit, 10);
    assert.equal(turn({ workloads: workloads(200, settled) }).limit, 10);
    assert.equal(turn({ workloads: workloads(400, settled) }).limit, 20);
  });

  it('has as many places as the administrator says', () => {
    assert.equal(turn({ limit: 3, workloads: workloads(400, settled) }).limit, 3);
    assert.equal(turn({ limit: '25%', workloads: workloads(8, settled) }).limit, 2);
    assert.equal(turn({ limit: '1%', workloads: workloads(8, settled) }).limit, 1);
  });

  it('is counted for the metrics too, with the agents that wait', () => {
    const waiting = [
      { key: 'shop/cart', since: at(-60) },
      { key: 'shop/mail', since: at(-30) },
    ];
    const state = { underWay: 1, waiting, limit: 4, now: start };
    const all = [...workloads(2, restarting), ...workloads(5, settled)];
    assert.deepEqual(motionOf({ ...state, workloads: all }), { inMotion: 3, limit: 4, queued: 2 });
  });

  it('has fewer by each workload that restarts, or whose step is being written', () => {
    const { free, inMotion } = turn({
      workloads: [...workloads(4, restarting), ...workloads(9, settled)],
      underWay: 2,
    });
    assert.deepEqual([free, inMotion], [4, 6]);
  });

  it('counts a workload whose controller has not seen the step yet', () => {
    assert.equal(turn({ workloads: workloads(1, { isObserved: false }) }).inMotion, 1);
  });

  it('does not count a workload that has been unready for half an hour', () => {
    const old = (seconds: number) => turn({ workloads: workloads(10, restarting, at(-seconds)) }).free;
    assert.deepEqual([old(1799), old(1800)], [0, 10]);
  });

  it('comes after those of the agents that have waited longer', () => {
    const waiting = [
      { key: 'a/first', since: at(-60) },
      { key: 'a/same', since: at(0) },
      { key: 'z/same', since: at(0) },
      { key: 'a/later', since: at(60) },
      { key: 'shop/checkout', since: at(0) },
    ];
    const { ahead, free } = turn({ waiting });
    assert.deepEqual([ahead, free], [2, 8]);
  });
});

const stableA = revisionOf(ids.a, { stableSince: at(-5) });
const targetB = revisionOf(ids.b, { number: 2 });

function plan(target: typeof targetB, turnNow: Turn, rollout: object = {}) {
  const web = workloadAt('web', target.failure ? ids.b : ids.a);
  const snapshot = snapshotOf({ revisions: [stableA, target], workloads: [web], turn: turnNow, rollout });
  return planRollout(snapshot, target, options);
}

const full: Turn = { free: 0, inMotion: 10, limit: 10, ahead: 3 };

describe('a rollout whose turn has not come', () => {
  it('waits, and says how many are ahead', () => {
    const { actions, progress, nextLook } = plan(targetB, full);
    assert.deepEqual(inShort(actions), []);
    assert.deepEqual([progress.state, progress.reason], ['Progressing', 'Queued']);
    assert.match(
      progress.message,
      /as many workloads of the cluster restart as may at once, and fewer than 10 SpAgents are ahead$/,
    );
    assert.ok(nextLook !== undefined && nextLook <= 30);
  });

  it('does not wait to roll back', () => {
    const failure = { reason: 'FilterRejected', message: 'trapped', at: at(-1) } as const;
    assert.deepEqual(inShort(plan({ ...targetB, failure }, full).actions), [`Deployment/web → ${ids.a}`]);
  });

  it('takes no more workloads at once than there are places', () => {
    const names = ['a', 'b', 'c', 'd'];
    const snapshot = snapshotOf({
      revisions: [stableA, targetB],
      workloads: names.map((name) => workloadAt(name, ids.a)),
      turn: { ...full, free: 2 },
      rollout: { waves: { maxConcurrent: 3 } },
    });
    assert.equal(inShort(planRollout(snapshot, targetB, options).actions).length, 2);
  });

  it('takes the only place that is left, and is looked at again sooner where fewer are ahead', () => {
    assert.deepEqual(inShort(plan(targetB, { ...full, free: 1 }).actions), [`Deployment/web → ${ids.b}`]);
    const nextLook = (ahead: number) => plan(targetB, { ...full, ahead }).nextLook;
    assert.deepEqual([0, 10, 20, 1000].map(nextLook), [2, 3, 4, 30]);
  });
});
