import assert from 'node:assert/strict';
import type { Workload } from '../../operator/api/workload.ts';
import { workloadKinds } from '../../operator/workloads/kinds.ts';
import { readWorkload } from '../../operator/workloads/read-workload.ts';
import { ids, inShort, workloadAt, workloadOf } from '../support/rollout.ts';
import { failedB, plan, stableA, targetB, web } from '../support/rollout-table.ts';

const odd: Readonly<Record<string, readonly [Partial<Workload>, string, RegExp]>> = {
  'whose update strategy is OnDelete': [
    { oddity: 'OnDelete' },
    'ManualUpdates',
    /delete its pods one by one/,
  ],
  'with a partition': [{ oddity: 'Partitioned' }, 'ManualUpdates', /set it to 0/],
  'with strategy Recreate': [{ oddity: 'Recreate' }, 'RestartInterrupts', /stops all pods at once/],
  'of one pod without surge': [{ oddity: 'NoSurge' }, 'RestartInterrupts', /add a replica/],
  'without injection': [{ oddity: 'NotInjected' }, 'NoSidecar', /sidecar\.istio\.io\/inject/],
  'on the host’s network': [{ oddity: 'HostNetwork' }, 'NoSidecar', /hostNetwork/],
  'in ambient mode': [{ oddity: 'Ambient' }, 'NoSidecar', /ambient/],
  'that is a gateway': [{ oddity: 'Gateway' }, 'GatewayPods', /gateway/],
  'that is paused': [{ isPaused: true }, 'WorkloadPaused', /kubectl rollout resume/],
  'that is unhealthy': [{ ready: 1 }, 'AlreadyUnhealthy', /not all pods are ready/],
};

describe('a workload', () => {
  for (const [what, [parts, reason, remedy]] of Object.entries(odd)) {
    it(`${what} is left out with its reason and remedy, and holds up no other`, () => {
      const cart = workloadOf('cart', parts);
      const { actions, skipped } = plan(targetB, { workloads: [cart, web] });
      assert.deepEqual(inShort(actions), [`Deployment/web → ${ids.b}`]);
      const problem = skipped.get('Deployment/cart');
      assert.equal(problem?.reason, reason);
      assert.match(problem.message, /^Deployment shop\/cart: /);
      assert.match(problem.message, remedy);
      const done = plan(targetB, { workloads: [cart, workloadAt('web', ids.b)] });
      assert.deepEqual(inShort(done.actions), [`MarkStable ${ids.b}`]);
      assert.equal(done.progress.state, 'Complete');
    });
  }

  it('is switched live though a restart would be odd, and left out where it has no sidecar or another filter', () => {
    const rollout = { method: 'Live' };
    const livePlan = (parts: Partial<Workload>, options = {}) =>
      plan(targetB, { rollout, workloads: [workloadOf('cart', parts)], ...options }).skipped.get(
        'Deployment/cart',
      );
    for (const oddity of ['OnDelete', 'Partitioned', 'Recreate', 'NoSurge'])
      assert.equal(livePlan({ oddity }), undefined, oddity);
    for (const oddity of ['NotInjected', 'HostNetwork', 'Ambient'])
      assert.equal(livePlan({ oddity })?.reason, 'NoSidecar', oddity);
    assert.equal(livePlan({ oddity: 'Gateway' })?.reason, 'GatewayPods');
  });

  it('that names a failed revision leaves it by a restart, also with method Live', () => {
    const rollout = { method: 'Live' };
    const revisions = [stableA, failedB];
    const { actions } = plan(failedB, { rollout, revisions, workloads: [workloadAt('cart', ids.b)] });
    assert.deepEqual(inShort(actions), [`Deployment/cart → ${ids.a}`]);
  });

  it('that is odd is taken off a failed revision all the same, unless it is paused', () => {
    const at = (parts: Partial<Workload>) => workloadAt('cart', ids.b, parts);
    const back = (cart: Workload) => plan(failedB, { revisions: [stableA, failedB], workloads: [cart] });
    assert.deepEqual(inShort(back(at({ oddity: 'OnDelete' })).actions), [`Deployment/cart → ${ids.a}`]);
    const paused = back(at({ isPaused: true }));
    assert.deepEqual([paused.progress.state, paused.progress.reason], ['Held', 'WorkloadPaused']);
  });
});

describe('a workload that was just created', () => {
  const created = { isObserved: false, updated: 0, ready: 0, total: 0, isInjected: false } as const;
  const actionsFor = (parts: Partial<Workload>, target = stableA) => {
    const at = workloadAt('web', ids.a, { sinceSeconds: -9050 });
    const workloads = [workloadOf('cart', { ...created, ...parts }), at];
    return inShort(plan(target, { revisions: [stableA], workloads, verification: 'Required' }).actions);
  };

  it('gets the stable revision before its first pods, as there is nothing to restart', () => {
    assert.deepEqual(actionsFor({}), [`Deployment/cart → ${ids.a}`]);
    assert.deepEqual(actionsFor({ oddity: 'NoSurge', desired: 1 }), [`Deployment/cart → ${ids.a}`]);
  });

  it('waits until its pods are ready once there are some, or its controller has seen it', () => {
    assert.deepEqual(actionsFor({ total: 1 }), []);
    assert.deepEqual(actionsFor({ isObserved: true }), []);
    assert.deepEqual(actionsFor({ oddity: 'Gateway' }), []);
  });

  it('does not get a revision that is not proven', () => {
    assert.deepEqual(actionsFor({}, targetB), [`Deployment/web → ${ids.b}`]);
  });
});

describe('a workload whose newest pod has no sidecar', () => {
  const bare = workloadOf('cart', { isInjected: false });
  const reason = (cart: Workload, verification: 'Required' | 'Off') =>
    plan(targetB, { workloads: [cart], verification }).skipped.get('Deployment/cart')?.reason;

  it('is left out where proxies are asked: a restart would prove nothing', () => {
    assert.equal(reason(bare, 'Required'), 'NoSidecar');
    assert.equal(reason(bare, 'Off'), undefined);
    assert.equal(reason({ ...bare, isInjected: true }, 'Required'), undefined);
    const one = { ...bare, desired: 1, updated: 1, ready: 1, total: 1 };
    assert.equal(reason(one, 'Required'), 'NoSidecar');
  });
});

describe('readWorkload', () => {
  const { Deployment, StatefulSet, DaemonSet } = workloadKinds;
  const object = (spec: object, template: object = {}) =>
    ({ metadata: {}, spec: { replicas: 3, template, ...spec }, status: {} }) as Parameters<
      typeof readWorkload
    >[1];

  it('finds what is odd about a workload', () => {
    const update = (parts: object) => ({ updateStrategy: parts });
    const surge = (maxSurge: number | string) => ({ strategy: { rollingUpdate: { maxSurge } } });
    const template = (labels: object, more: object = {}) => ({ metadata: { labels }, ...more });
    const found = [
      readWorkload(StatefulSet, object(update({ type: 'OnDelete' }))),
      readWorkload(DaemonSet, object(update({ type: 'OnDelete' }))),
      readWorkload(StatefulSet, object(update({ rollingUpdate: { partition: 1 } }))),
      readWorkload(Deployment, object({ strategy: { type: 'Recreate' } })),
      readWorkload(Deployment, object({ replicas: 1, ...surge(0) })),
      readWorkload(StatefulSet, object({ replicas: 1 })),
      readWorkload(Deployment, object({}, template({ 'sidecar.istio.io/inject': 'false' }))),
      readWorkload(Deployment, object({}, template({ 'istio.io/dataplane-mode': 'ambient' }))),
      readWorkload(Deployment, object({}, template({}, { spec: { hostNetwork: true } }))),
      readWorkload(Deployment, object({}, template({ 'istio.io/gateway-name': 'edge' }))),
      readWorkload(
        Deployment,
        object({}, { metadata: { annotations: { 'inject.istio.io/templates': 'gateway' } } }),
      ),
    ].map(({ oddity }) => oddity);
    assert.deepEqual(found, [
      'OnDelete',
      'OnDelete',
      'Partitioned',
      'Recreate',
      'NoSurge',
      'NoSurge',
      'NotInjected',
      'Ambient',
      'HostNetwork',
      'Gateway',
      'Gateway',
    ]);
  });

  it('finds nothing odd about the usual ones', () => {
    for (const [kind, spec] of [
      [Deployment, { replicas: 1 }],
      [Deployment, { replicas: 2, strategy: { rollingUpdate: { maxSurge: 0, maxUnavailable: 1 } } }],
      [StatefulSet, { replicas: 2 }],
      [DaemonSet, {}],
    ] as const) {
      assert.equal(
        readWorkload(kind, object(spec, { metadata: { labels: { app: 'a' } } })).oddity,
        undefined,
      );
    }
  });

  it('resolves what may be unavailable as Kubernetes does', () => {
    const of = (kind: (typeof workloadKinds)[keyof typeof workloadKinds], spec: object, desired: number) =>
      kind.maxUnavailable(object(spec), desired);
    assert.deepEqual(
      [
        of(Deployment, {}, 3),
        of(Deployment, {}, 8),
        of(Deployment, { strategy: { rollingUpdate: { maxUnavailable: '50%' } } }, 3),
        of(Deployment, { strategy: { rollingUpdate: { maxUnavailable: 0, maxSurge: 0 } } }, 3),
        of(StatefulSet, {}, 9),
        of(DaemonSet, {}, 100),
        of(DaemonSet, { updateStrategy: { rollingUpdate: { maxUnavailable: '10%' } } }, 25),
        of(DaemonSet, { updateStrategy: { rollingUpdate: { maxUnavailable: 0, maxSurge: 2 } } }, 100),
      ],
      [0, 2, 1, 1, 1, 1, 3, 2],
    );
  });
});
