import assert from 'node:assert/strict';
import type { Pod } from '../../operator/api/pod.ts';
import type { Workload } from '../../operator/api/workload.ts';
import { planRollout } from '../../operator/rollout/plan.ts';
import {
  at,
  eventsOf,
  ids,
  options,
  podOf,
  rolling,
  snapshotOf,
  stepTo,
  workloadAt,
  workloadOf,
} from '../support/rollout.ts';
import { cart, failedB, plan, stableA, table, targetB, web } from '../support/rollout-table.ts';

const deadline = 600;
const late = { ...rolling, sinceSeconds: -deadline - 1 };

describe('planRollout when nothing comes of a step because the cluster is behind', () => {
  const stalled = workloadAt('web', ids.b, late);
  const pod = (parts: Partial<Pod>) =>
    podOf('web-0', { workload: 'Deployment/web', revision: ids.b, isReady: false, ...parts });
  const world = (workload: Workload, pods: readonly Pod[]) => plan(targetB, { workloads: [workload], pods });
  const held = { state: 'Held', reason: 'DeadlineExceeded', nextLook: 15 } as const;
  table([
    {
      behaviour: 'holds, and does not go back, while the controller of the workload has not seen the step',
      plan: world({ ...stalled, isObserved: false }, []),
      ...held,
    },
    {
      behaviour: 'holds while the new pods have no node',
      plan: world(stalled, [pod({ node: undefined })]),
      ...held,
    },
    {
      behaviour: 'holds while the new pods are there for less than half of the deadline',
      plan: world(stalled, [pod({ createdAt: at(-deadline / 2 + 1) })]),
      ...held,
    },
    {
      behaviour: 'holds while no kubelet has started a container of the new pods, however old they are',
      plan: world(stalled, [pod({ hasStarted: false, createdAt: at(-deadline) })]),
      ...held,
    },
    {
      behaviour: 'goes back when one of them has had the time',
      plan: world(stalled, [pod({ node: undefined }), pod({ createdAt: at(-deadline / 2 - 1) })]),
      does: [
        `MarkFailed ${ids.b}`,
        ...['web-0', 'web-0'].map((name) => `${name} → ${ids.a}`),
        `Deployment/web → ${ids.a}`,
      ],
      state: 'RollingBack',
      nextLook: deadline,
    },
  ]);
});

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
      nextLook: deadline,
    },
    {
      behaviour: 'takes the others back when that is done',
      plan: plan(failedB, { workloads: [done, workloadAt('web', ids.a)] }),
      does: [`Deployment/cart → ${ids.a}`],
      state: 'RollingBack',
      nextLook: deadline,
    },
    {
      behaviour: 'records the stable revision as stable again when all run it again',
      plan: plan(failedB, { workloads: [workloadAt('cart', ids.a), workloadAt('web', ids.a)] }),
      does: [`MarkStable ${ids.a}`],
      state: 'RolledBack',
    },
    {
      behaviour: 'rolls back without a workload that was unhealthy before',
      plan: plan(targetB, { workloads: [workloadOf('unhealthy', { ready: 0 }), done, stalled] }),
      does: [`MarkFailed ${ids.b}`, `Deployment/web → ${ids.a}`],
      state: 'RollingBack',
      nextLook: deadline,
    },
    {
      behaviour: 'is rolled back though a workload was unhealthy before',
      plan: plan(failedB, {
        workloads: [
          workloadOf('unhealthy', { ready: 0 }),
          workloadAt('cart', ids.a, { sinceSeconds: -9050 }),
        ],
      }),
      state: 'RolledBack',
    },
    {
      behaviour: 'is rolled back when all run the stable revision, and says why and what to do',
      plan: plan(failedB, {
        workloads: ['cart', 'web'].map((name) => workloadAt(name, ids.a, { sinceSeconds: -9050 })),
      }),
      state: 'RolledBack',
      says: /^Deployment shop\/cart: .*; revision aaaaaaaaaaaa runs instead; see spagent logs checkout/,
    },
    {
      behaviour: 'takes its label away when there is no stable revision',
      plan: plan(targetB, { revisions: [targetB], workloads: [stalled] }),
      does: [`MarkFailed ${ids.b}`, 'Deployment/web → none'],
      state: 'RollingBack',
      nextLook: deadline,
    },
    {
      behaviour: 'leaves untouched workloads alone when there is no stable revision',
      plan: plan(failedB, {
        revisions: [failedB],
        workloads: [workloadOf('cart', { step: stepTo(undefined, -5) }), web],
      }),
      state: 'RolledBack',
      says: /the filter is off, as no revision is stable yet/,
    },
    {
      behaviour: 'holds instead of rolling back where configured',
      plan: plan(targetB, { rollout: { autoRollback: false }, workloads: [stalled] }),
      does: [`MarkFailed ${ids.b}`],
      state: 'Held',
      reason: 'DeadlineExceeded',
      goal: ids.b,
    },
    {
      behaviour: 'continues with the others when a step back passes its deadline',
      plan: plan(failedB, { workloads: [done, workloadAt('web', ids.a, late)] }),
      does: [`Deployment/cart → ${ids.a}`],
      state: 'RollingBack',
      nextLook: deadline,
    },
    {
      behaviour: 'waits for one at a time then',
      plan: plan(failedB, {
        workloads: [
          workloadAt('cart', ids.a, rolling),
          workloadAt('ship', ids.b),
          workloadAt('web', ids.a, late),
        ],
      }),
      state: 'RollingBack',
      says: /shop\/cart/,
      nextLook: deadline - 10,
    },
    {
      behaviour: 'continues with the next workload though the one before is not complete yet',
      plan: plan(failedB, {
        workloads: [workloadAt('cart', ids.a), workloadAt('ship', ids.b), workloadAt('web', ids.a, late)],
      }),
      does: [`Deployment/ship → ${ids.a}`],
      state: 'RollingBack',
      nextLook: deadline,
    },
    {
      behaviour: 'holds in the end for a step back that passed its deadline',
      plan: plan(failedB, { workloads: [workloadAt('cart', ids.a), workloadAt('web', ids.a, late)] }),
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
      nextLook: deadline,
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
      behaviour:
        'does not markRevisionFailed a revision that was good before for one workload that came later',
      plan: plan(stableA, {
        workloads: [workloadAt('web', ids.a, late)],
      }),
      state: 'Held',
      reason: 'DeadlineExceeded',
      goal: ids.a,
    },
    {
      behaviour: 'does not try a failed revision again because something else of the spec changed',
      plan: plan(failedB, {
        agent: { ...snapshotOf().agent, generation: 7 },
        workloads: [workloadAt('cart', ids.a, { sinceSeconds: -9050 })],
      }),
      state: 'RolledBack',
      says: /or run spagent retry checkout -n shop/,
    },
    {
      behaviour: 'takes the label off a workload that somebody put back at the failed revision',
      plan: plan(failedB, { workloads: [workloadAt('cart', ids.b)] }),
      does: [`Deployment/cart → ${ids.a}`],
      state: 'RollingBack',
      nextLook: deadline,
    },
    {
      behaviour: 'recovers from a failure without a rollback when all workloads run the revision after all',
      plan: plan(failedB, { rollout: { autoRollback: false }, workloads: [workloadAt('cart', ids.b)] }),
      does: [`MarkStable ${ids.b}`],
      state: 'Complete',
    },
  ]);
});

describe('events of a rollout', () => {
  const events = (step: string, targetRevision: string, rest: Parameters<typeof snapshotOf>[0]) => {
    const snapshot = snapshotOf({ revisions: [stableA, targetB], ...rest });
    const agent = {
      ...snapshot.agent,
      status: { targetRevision, rollout: { state: step, message: '' } },
    };
    return eventsOf(planRollout({ ...snapshot, agent }, targetB, options).actions);
  };
  const pausedWorld = { rollout: { paused: true }, workloads: [cart] };

  it('report a pause once', () => {
    assert.deepEqual(events('Progressing', ids.b, pausedWorld), ['Paused']);
    assert.deepEqual(events('Paused', ids.b, pausedWorld), []);
  });

  it('report a pause again for another target', () => {
    assert.deepEqual(events('Paused', ids.a, pausedWorld), ['Paused']);
  });

  it('report that it holds for a paused workload, though its step is renewed in the same run', () => {
    const world = { workloads: [workloadAt('cart', ids.b, { ...late, isPaused: true })] };
    assert.deepEqual(events('Progressing', ids.b, world), ['WorkloadPaused']);
  });

  it('report once why there is no revision', () => {
    const reasonsOf = (step: string, obstacle: { reason: 'SecretMissing'; message: string }) => {
      const snapshot = snapshotOf({ workloads: [cart] });
      const agent = { ...snapshot.agent, status: { rollout: { state: step, message: 'no Secret' } } };
      return eventsOf(planRollout({ ...snapshot, agent }, undefined, { ...options, obstacle }).actions);
    };
    const obstacle = { reason: 'SecretMissing', message: 'no Secret' } as const;
    assert.deepEqual(reasonsOf('Complete', obstacle), ['SecretMissing']);
    assert.deepEqual(reasonsOf('Waiting', obstacle), []);
    assert.deepEqual(reasonsOf('Waiting', { ...obstacle, message: 'another' }), ['SecretMissing']);
  });

  it('report nothing while a module is built', () => {
    const snapshot = snapshotOf({ workloads: [cart], artifact: { state: 'Pending' } });
    assert.deepEqual(eventsOf(planRollout(snapshot, undefined, options).actions), []);
  });

  it('report each step, the failure and completion', () => {
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
