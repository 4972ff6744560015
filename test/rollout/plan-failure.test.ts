import assert from 'node:assert/strict';
import type { Pod, Snapshot } from '../../operator/api/snapshot.ts';
import { planRollout } from '../../operator/rollout/plan.ts';
import {
  at,
  eventsOf,
  ids,
  options,
  podsOf,
  rolling,
  start,
  snapshotOf,
  workloadAt,
  workloadOf,
} from '../support/rollout.ts';
import { cart, failedB, failure, plan, stableA, table, targetB, web } from '../support/rollout-table.ts';

const verified = { state: 'Verified' } as const;
const unknown = { state: 'Unknown', message: 'no answer' } as const;
const deadline = 600;
const late = { ...rolling, sinceSeconds: -deadline - 1 };

describe('planRollout when a step fails', () => {
  const stalled = workloadAt('web', ids.b, late);
  const done = workloadAt('cart', ids.b, { sinceSeconds: -deadline - 50 });
  table([
    {
      behaviour: 'writes the failure down, then takes the stalled workload back first',
      plan: plan(targetB, { workloads: [done, stalled] }),
      does: [`MarkFailed ${ids.b}`, `Deployment/web → ${ids.a}`],
      state: 'RollingBack',
      goal: ids.a,
      requeueSeconds: deadline,
    },
    {
      behaviour: 'takes the others back when that is done',
      plan: plan(failedB, { workloads: [done, workloadAt('web', ids.a)] }),
      does: [`Deployment/cart → ${ids.a}`],
      state: 'RollingBack',
      requeueSeconds: deadline,
    },
    {
      behaviour: 'is rolled back when all run the stable revision, and says why and what to do',
      plan: plan(failedB, { workloads: [workloadAt('cart', ids.a), workloadAt('web', ids.a)] }),
      state: 'RolledBack',
      says: /^Deployment shop\/cart: .*; revision aaaaaaaaaaaa runs instead; see spagent logs checkout/,
    },
    {
      behaviour: 'takes its label away when there is no stable revision',
      plan: plan(targetB, { revisions: [targetB], workloads: [stalled] }),
      does: [`MarkFailed ${ids.b}`, 'Deployment/web → none'],
      state: 'RollingBack',
      goal: null,
      requeueSeconds: deadline,
    },
    {
      behaviour: 'leaves untouched workloads alone when there is no stable revision',
      plan: plan(failedB, {
        revisions: [failedB],
        workloads: [workloadOf('cart', { step: { revision: null, since: at(-5) } }), web],
      }),
      state: 'RolledBack',
      says: /the filter is off, as no revision is stable yet/,
    },
    {
      behaviour: 'holds instead of going back if told so',
      plan: plan(targetB, { rollout: { autoRollback: false }, workloads: [stalled] }),
      does: [`MarkFailed ${ids.b}`],
      state: 'Held',
      reason: 'DeadlineExceeded',
      goal: ids.b,
    },
    {
      behaviour: 'holds when a step back passes its deadline',
      plan: plan(failedB, { workloads: [done, workloadAt('web', ids.a, { ...late, sinceSeconds: -601 })] }),
      state: 'Held',
      reason: 'DeadlineExceeded',
      goal: ids.a,
    },
    {
      behaviour: 'takes back what it can before it holds for a workload that another manager has',
      plan: plan(failedB, {
        workloads: [workloadAt('cart', ids.b, { foreignManager: 'argocd' }), workloadAt('web', ids.b)],
      }),
      does: [`Deployment/web → ${ids.a}`],
      state: 'RollingBack',
      requeueSeconds: deadline,
    },
    {
      behaviour: 'holds in the end for a workload that another manager has',
      plan: plan(failedB, {
        workloads: [workloadAt('cart', ids.b, { foreignManager: 'argocd' }), workloadAt('web', ids.a)],
      }),
      state: 'Held',
      reason: 'LabelTakenOver',
    },
    {
      behaviour: 'does not condemn a revision that was good before for one workload that came later',
      plan: plan(stableA, {
        workloads: [workloadAt('web', ids.a, late)],
      }),
      state: 'Held',
      reason: 'DeadlineExceeded',
      goal: ids.a,
    },
    {
      behaviour: 'tries a failed revision anew for a new spec',
      plan: plan(
        { ...failedB, failure: { ...failure, generation: 0 } },
        { workloads: [workloadAt('cart', ids.a)] },
      ),
      does: [`Deployment/cart → ${ids.b}`],
      state: 'Progressing',
      requeueSeconds: deadline,
    },
    {
      behaviour: 'gives a new attempt a time of its own where the label stayed',
      plan: plan({ ...failedB, failure: { ...failure, generation: 0 } }, { workloads: [stalled] }),
      does: [`Deployment/web → ${ids.b}`],
      state: 'Progressing',
      requeueSeconds: deadline,
    },
  ]);
});

describe('planRollout with verified proxies', () => {
  const atB = workloadAt('cart', ids.b);
  const world = (parts: Partial<Snapshot>) => plan(targetB, { verification: 'Required', ...parts });
  const rejected = { state: 'NotVerified', message: 'cannot load the module', cause: 'Refused' } as const;
  const other = { state: 'NotVerified', message: 'has not configured it', cause: 'NotFetched' } as const;
  const unconfigured = { state: 'NotVerified', message: 'has a module', cause: 'NotConfigured' } as const;
  const askedAfter = (seconds: number, pods: readonly Pod[]) =>
    pods.map((pod) => ({ ...pod, askedAt: start + seconds * 1000 }));
  const atBLate = workloadAt('cart', ids.b, { sinceSeconds: -601 });
  table([
    {
      behaviour: 'is done when every pod is verified',
      plan: world({ workloads: [atB], pods: podsOf(atB, verified) }),
      does: [`MarkStable ${ids.b}`],
      state: 'Complete',
    },
    {
      behaviour: 'asks again soon while a ready pod is not verified',
      plan: world({
        workloads: [atB, web],
        pods: [...podsOf(atB, verified).slice(1), ...podsOf(atB, unknown).slice(2)],
      }),
      state: 'Progressing',
      says: /pod cart-2: no answer/,
      requeueSeconds: 2,
    },
    {
      behaviour: 'goes back at once when a proxy refuses the filter',
      plan: world({ workloads: [workloadAt('cart', ids.b, rolling)], pods: podsOf(atB, rejected).slice(2) }),
      does: [`MarkFailed ${ids.b}`, `Deployment/cart → ${ids.a}`],
      state: 'RollingBack',
      requeueSeconds: deadline,
    },
    {
      behaviour: 'goes back when a proxy has a module and has not configured it 10 s after its pod was ready',
      plan: world({
        workloads: [workloadAt('cart', ids.b, rolling)],
        pods: askedAfter(10, podsOf(atB, unconfigured).slice(2)),
      }),
      does: [`MarkFailed ${ids.b}`, `Deployment/cart → ${ids.a}`],
      state: 'RollingBack',
      requeueSeconds: deadline,
    },
    {
      behaviour: 'gives a proxy that time',
      plan: world({
        workloads: [workloadAt('cart', ids.b, rolling)],
        pods: askedAfter(9.9, podsOf(atB, unconfigured).slice(2)),
      }),
      state: 'Progressing',
      requeueSeconds: 2,
    },
    {
      behaviour: 'does not condemn on an old answer',
      plan: world({
        now: start + 60_000,
        workloads: [workloadAt('cart', ids.b, rolling)],
        pods: askedAfter(1, podsOf(atB, unconfigured).slice(2)),
      }),
      state: 'Progressing',
      requeueSeconds: 2,
    },
    {
      behaviour: 'waits for a proxy whose agent could not download the module',
      plan: world({
        now: start + 60_000,
        workloads: [workloadAt('cart', ids.b, rolling)],
        pods: askedAfter(60, podsOf(atB, other).slice(2)),
      }),
      state: 'Progressing',
      requeueSeconds: 2,
    },
    {
      behaviour: 'goes back when a proxy has not the filter at the deadline',
      plan: world({ workloads: [atBLate], pods: podsOf(atBLate, other) }),
      does: [`MarkFailed ${ids.b}`, `Deployment/cart → ${ids.a}`],
      state: 'RollingBack',
      requeueSeconds: deadline,
    },
    {
      behaviour: 'holds, and does not go back, when no proxy answers by the deadline',
      plan: world({ workloads: [atBLate], pods: podsOf(atBLate, unknown) }),
      state: 'Held',
      reason: 'DeadlineExceeded',
      says: /pod cart-0: no answer/,
      requeueSeconds: 15,
    },
    {
      behaviour: 'does not count pods of another workload of the same name',
      plan: world({ workloads: [atB], pods: podsOf({ ...atB, kind: 'StatefulSet' }, verified) }),
      state: 'Progressing',
      says: /its pods are not seen yet/,
      requeueSeconds: deadline - 10,
    },
  ]);
});

describe('events of a rollout', () => {
  const events = (step: string, targetRevision: string, rest: Parameters<typeof snapshotOf>[0]) => {
    const snapshot = snapshotOf({ revisions: [stableA, targetB], ...rest });
    const agent = {
      ...snapshot.agent,
      status: { targetRevision, rollout: { step, message: '' } },
    };
    return eventsOf(planRollout({ ...snapshot, agent }, targetB, options).actions);
  };
  const pausedWorld = { rollout: { paused: true }, workloads: [cart] };

  it('tell of a pause once', () => {
    assert.deepEqual(events('Progressing', ids.b, pausedWorld), ['Paused']);
    assert.deepEqual(events('Paused', ids.b, pausedWorld), []);
  });

  it('tell of a pause again for another target', () => {
    assert.deepEqual(events('Paused', ids.a, pausedWorld), ['Paused']);
  });

  it('tell once why there is no revision', () => {
    const tell = (step: string, obstacle: { reason: 'SecretMissing'; message: string }) => {
      const snapshot = snapshotOf({ workloads: [cart] });
      const agent = { ...snapshot.agent, status: { rollout: { step, message: 'no Secret' } } };
      return eventsOf(planRollout({ ...snapshot, agent }, undefined, { ...options, obstacle }).actions);
    };
    const obstacle = { reason: 'SecretMissing', message: 'no Secret' } as const;
    assert.deepEqual(tell('Complete', obstacle), ['SecretMissing']);
    assert.deepEqual(tell('Waiting', obstacle), []);
    assert.deepEqual(tell('Waiting', { ...obstacle, message: 'another' }), ['SecretMissing']);
  });

  it('tell of nothing while a module is built', () => {
    const snapshot = snapshotOf({ workloads: [cart], artifact: { state: 'Pending' } });
    assert.deepEqual(eventsOf(planRollout(snapshot, undefined, options).actions), []);
  });

  it('tell of each step, of the failure and of completion', () => {
    assert.deepEqual(events('Waiting', ids.b, { workloads: [cart] }), ['Progressing']);
    assert.deepEqual(events('Progressing', ids.b, { workloads: [workloadAt('cart', ids.b, late)] }), [
      'DeadlineExceeded',
      'RollingBack',
    ]);
    assert.deepEqual(events('Progressing', ids.b, { workloads: [workloadAt('cart', ids.b)] }), [
      'RolloutComplete',
    ]);
  });
});
