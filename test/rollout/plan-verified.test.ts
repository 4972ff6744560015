import assert from 'node:assert/strict';
import type { Pod } from '../../operator/api/pod.ts';
import type { Snapshot } from '../../operator/api/snapshot.ts';
import { ids, podsOf, rolling, start, workloadAt } from '../support/rollout.ts';
import { plan, table, targetB, web } from '../support/rollout-table.ts';

const verified = { state: 'Verified' } as const;
const unknown = { state: 'Unknown', message: 'no answer' } as const;
const deadline = 600;

describe('planRollout with verified proxies', () => {
  const atB = workloadAt('cart', ids.b);
  const world = (parts: Partial<Snapshot>) => plan(targetB, { verification: 'Required', ...parts });
  const rejected = { state: 'NotVerified', message: 'cannot load the module', cause: 'Refused' } as const;
  const other = { state: 'NotVerified', message: 'has not configured it', cause: 'NotFetched' } as const;
  const absent = { state: 'NotVerified', message: 'has not configured it', cause: 'Unclear' } as const;
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
      behaviour: 'is done when every pod has loaded a module that can prove no more',
      plan: world({ workloads: [atB], pods: podsOf(atB, { state: 'Loaded', message: 'loaded' }) }),
      does: [`MarkStable ${ids.b}`],
      state: 'Complete',
    },
    {
      behaviour: 'is done when every pod is ready where no proxy can be asked',
      plan: world({ workloads: [atB], pods: podsOf(atB, { state: 'Unverified', message: 'no route' }) }),
      does: [`MarkStable ${ids.b}`],
      state: 'Complete',
    },
    ...(['Stopped', 'Reloading'] as const).map((cause) => ({
      behaviour: `goes back at once when a filter traps after a good start (${cause})`,
      plan: world({
        workloads: [workloadAt('cart', ids.b, rolling)],
        pods: podsOf(atB, { state: 'NotVerified' as const, message: 'it trapped', cause }).slice(2),
      }),
      does: [`MarkFailed ${ids.b}`, `cart-2 → ${ids.a}`, `Deployment/cart → ${ids.a}`],
      state: 'RollingBack' as const,
      nextLook: deadline,
    })),
    {
      behaviour: 'asks again soon while a ready pod is not verified',
      plan: world({
        workloads: [atB, web],
        pods: [...podsOf(atB, verified).slice(1), ...podsOf(atB, unknown).slice(2)],
      }),
      state: 'Progressing',
      says: /pod cart-2: no answer/,
      nextLook: 2,
    },
    {
      behaviour: 'goes back at once when a proxy refuses the filter',
      plan: world({ workloads: [workloadAt('cart', ids.b, rolling)], pods: podsOf(atB, rejected).slice(2) }),
      does: [`MarkFailed ${ids.b}`, `cart-2 → ${ids.a}`, `Deployment/cart → ${ids.a}`],
      state: 'RollingBack',
      nextLook: deadline,
    },
    {
      behaviour:
        'goes back when a proxy has loaded the plug-in and not configured it 10 s after its pod was ready',
      plan: world({
        workloads: [workloadAt('cart', ids.b, rolling)],
        pods: askedAfter(10, podsOf(atB, unconfigured).slice(2)),
      }),
      does: [`MarkFailed ${ids.b}`, `cart-2 → ${ids.a}`, `Deployment/cart → ${ids.a}`],
      state: 'RollingBack',
      nextLook: deadline,
    },
    {
      behaviour: 'gives a proxy that time',
      plan: world({
        workloads: [workloadAt('cart', ids.b, rolling)],
        pods: askedAfter(9.9, podsOf(atB, unconfigured).slice(2)),
      }),
      state: 'Progressing',
      nextLook: 2,
    },
    {
      behaviour: 'does not markRevisionFailed on an old answer',
      plan: world({
        now: start + 60_000,
        workloads: [workloadAt('cart', ids.b, rolling)],
        pods: askedAfter(1, podsOf(atB, unconfigured).slice(2)),
      }),
      state: 'Progressing',
      nextLook: 2,
    },
    {
      behaviour: 'waits for a proxy whose agent could not download the module',
      plan: world({
        now: start + 60_000,
        workloads: [workloadAt('cart', ids.b, rolling)],
        pods: askedAfter(60, podsOf(atB, other).slice(2)),
      }),
      state: 'Progressing',
      nextLook: 2,
    },
    {
      behaviour: 'waits for a proxy that does not have the plug-in, as istiod may not have pushed it',
      plan: world({
        now: start + 300_000,
        workloads: [workloadAt('cart', ids.b, rolling)],
        pods: askedAfter(300, podsOf(atB, absent).slice(2)),
      }),
      state: 'Progressing',
      nextLook: 2,
    },
    {
      behaviour: 'rolls back when a proxy lacks the filter at the deadline',
      plan: world({ workloads: [atBLate], pods: podsOf(atBLate, other) }),
      does: [
        `MarkFailed ${ids.b}`,
        ...[0, 1, 2].map((index) => `cart-${index} → ${ids.a}`),
        `Deployment/cart → ${ids.a}`,
      ],
      state: 'RollingBack',
      nextLook: deadline,
    },
    {
      behaviour: 'holds, and does not go back, when no proxy answers by the deadline',
      plan: world({ workloads: [atBLate], pods: podsOf(atBLate, unknown) }),
      state: 'Held',
      reason: 'DeadlineExceeded',
      says: /pod cart-0: no answer/,
      nextLook: 15,
    },
    {
      behaviour: 'does not count pods of another workload of the same name',
      plan: world({ workloads: [atB], pods: podsOf({ ...atB, kind: 'StatefulSet' }, verified) }),
      state: 'Progressing',
      says: /its pods are not seen yet/,
      nextLook: deadline - 10,
    },
  ]);
});

describe('the reason of a failed revision', () => {
  const late = workloadAt('cart', ids.b, { sinceSeconds: -601 });
  const reason = (pods: readonly Pod[], workload = late) => {
    const world = { verification: 'Required', workloads: [workload], pods } as const;
    const failed = plan(targetB, world).actions.find((action) => action.kind === 'MarkFailed');
    return failed?.failure.reason;
  };

  it('names the filter where all pods are ready and a proxy lacks it, and else the deadline', () => {
    const lacking = podsOf(late, { state: 'NotVerified', message: 'lacks it', cause: 'Unclear' });
    assert.equal(reason(lacking), 'FilterRejected');
    assert.equal(reason([], { ...late, ...rolling }), 'DeadlineExceeded');
  });
});
