import { planRollout } from '../../operator/rollout/plan.ts';
import { at, ids, options, rolling, snapshotOf, workloadAt, workloadOf } from '../support/rollout.ts';
import { cart, plan, stableA, table, targetB, web } from '../support/rollout-table.ts';

const deadline = 600;
const empty = { desired: 0, updated: 0, ready: 0, total: 0 };
const late = { ...rolling, sinceSeconds: -deadline - 1 };

describe('planRollout before a rollout', () => {
  table([
    {
      behaviour: 'waits while the filter is built',
      plan: plan(undefined, { artifact: { state: 'Pending' }, workloads: [cart] }),
      state: 'Waiting',
      reason: 'Building',
    },
    {
      behaviour: 'lets everything run on when the filter cannot be built, in mid-rollout too',
      plan: plan(undefined, {
        artifact: { state: 'Failed', reason: 'CompileFailed', message: 'index.ts:3' },
        workloads: [workloadAt('cart', ids.b, late), web],
      }),
      state: 'Waiting',
      reason: 'CompileFailed',
      says: /index\.ts:3/,
    },
    {
      behaviour: 'waits for what a revision needs, and names it',
      plan: planRollout(snapshotOf({ workloads: [cart] }), undefined, {
        ...options,
        obstacle: { reason: 'SecretMissing', message: 'Secret shop/key' },
      }),
      state: 'Waiting',
      reason: 'SecretMissing',
      says: /Secret shop\/key/,
    },
    {
      behaviour: 'says that nothing is selected',
      plan: plan(targetB),
      state: 'NoWorkloads',
      reason: 'NoPodsSelected',
      says: /namespace shop/,
    },
    {
      behaviour: 'leaves pods alone that an older agent has, and names it',
      plan: plan(
        undefined,
        { workloads: [cart] },
        { ...options, conflict: { reason: 'AgentConflict', message: 'SpAgent shop/older' } },
      ),
      state: 'Held',
      reason: 'AgentConflict',
      says: /SpAgent shop\/older/,
    },
    {
      behaviour: "sets no label before the revision's resource exists",
      plan: plan(targetB, { workloads: [cart], owned: [] }),
      state: 'Progressing',
      says: /waits for WasmPlugin shop\/checkout-bbbbbbbbbbbb/,
    },
    {
      behaviour: 'sets no label when no resource is wanted for the revision',
      plan: plan(targetB, { workloads: [cart] }, { desired: [] }),
      state: 'Progressing',
      says: /waits for the resources of revision bbbbbbbbbbbb/,
    },
    {
      behaviour: 'sets no label before the backend, that all revisions share, exists',
      plan: plan(
        targetB,
        { workloads: [cart] },
        {
          desired: [
            ...options.desired,
            {
              kind: 'ServiceEntry',
              metadata: { name: 'checkout-backend', namespace: 'shop', labels: {}, ownerReferences: [] },
            },
          ],
        },
      ),
      state: 'Progressing',
      says: /waits for ServiceEntry shop\/checkout-backend/,
    },
  ]);
});

describe('planRollout on the way forward', () => {
  const old = workloadAt('cart', ids.a, { sinceSeconds: -9050 });
  const againStableA = { ...stableA, stableSince: at(-6000) };
  table([
    {
      behaviour: 'begins with the first workload',
      plan: plan(targetB, { workloads: [cart, web] }),
      does: [`Deployment/cart → ${ids.b}`],
      state: 'Progressing',
      goal: ids.b,
      nextLook: deadline,
    },
    {
      behaviour: 'waits for the workload in progress, until its deadline',
      plan: plan(targetB, { workloads: [workloadAt('cart', ids.b, rolling), web] }),
      state: 'Progressing',
      says: /Deployment shop\/cart: 1 of 3 pods have revision bbbbbbbbbbbb, 2 are ready/,
      nextLook: deadline - 10,
    },
    {
      behaviour: "waits until the workload's controller has seen the change",
      plan: plan(targetB, { workloads: [workloadAt('cart', ids.b, { isObserved: false }), web] }),
      state: 'Progressing',
      nextLook: deadline - 10,
    },
    {
      behaviour: 'waits until the last old pod is gone',
      plan: plan(targetB, { workloads: [workloadAt('cart', ids.b, { total: 4 }), web] }),
      state: 'Progressing',
      nextLook: deadline - 10,
    },
    {
      behaviour: 'continues with the next workload when one is done',
      plan: plan(targetB, { workloads: [workloadAt('cart', ids.b), web] }),
      does: [`Deployment/web → ${ids.b}`],
      state: 'Progressing',
      nextLook: deadline,
    },
    {
      behaviour: 'calls the revision stable when all are done',
      plan: plan(targetB, { workloads: [workloadAt('cart', ids.b), workloadAt('web', ids.b)] }),
      does: [`MarkStable ${ids.b}`],
      state: 'Complete',
      reason: 'RolloutComplete',
    },
    {
      behaviour: 'calls no revision stable for a workload without pods, which proves nothing',
      plan: plan(targetB, { workloads: [workloadAt('cart', ids.b, empty)] }),
      state: 'Progressing',
      says: /Deployment shop\/cart: it has no pods/,
    },
    {
      behaviour: 'does not wait for a workload without pods beside one that has some',
      plan: plan(targetB, { workloads: [workloadAt('cart', ids.b, empty), workloadAt('web', ids.b)] }),
      does: [`MarkStable ${ids.b}`],
      state: 'Complete',
    },
    {
      behaviour: 'stays complete when a workload is scaled to zero afterwards',
      plan: plan(stableA, { workloads: [workloadAt('cart', ids.a, { ...empty, sinceSeconds: -9050 })] }),
      state: 'Complete',
    },
    {
      behaviour: 'does nothing once stable',
      plan: plan(stableA, { workloads: [workloadAt('cart', ids.a, { sinceSeconds: -9050 })] }),
      state: 'Complete',
    },
    {
      behaviour: 'does not take scaling up for a rollout once stable',
      plan: plan(stableA, {
        workloads: [workloadAt('cart', ids.a, { desired: 9, ready: 3, sinceSeconds: -10_000 })],
      }),
      state: 'Complete',
    },
    {
      behaviour: 'takes a workload that came later to the stable revision',
      plan: plan(stableA, { workloads: [workloadAt('cart', ids.a, { sinceSeconds: -9050 }), web] }),
      does: [`Deployment/web → ${ids.a}`],
      state: 'Progressing',
      nextLook: deadline,
    },
    {
      behaviour: 'records the revision as stable again when a workload that came later is done',
      plan: plan(stableA, { workloads: [old, workloadAt('web', ids.a, { sinceSeconds: -7000 })] }),
      does: [`MarkStable ${ids.a}`],
      state: 'Complete',
    },
    {
      behaviour: 'does not take a deployment of one that came later for a rollout then',
      plan: plan(againStableA, {
        revisions: [againStableA],
        workloads: [old, workloadAt('web', ids.a, { ...rolling, sinceSeconds: -7000 })],
      }),
      state: 'Complete',
    },
    {
      behaviour: 'moves the workload in motion first when the target changes, so that only one is in motion',
      plan: plan(targetB, { workloads: [cart, workloadAt('web', ids.c, rolling)] }),
      does: [`Deployment/web → ${ids.b}`],
      state: 'Progressing',
      nextLook: deadline,
    },
    {
      behaviour: 'leaves a workload that was unhealthy before for last',
      plan: plan(targetB, { workloads: [workloadOf('cart', { ready: 1 }), web] }),
      does: [`Deployment/web → ${ids.b}`],
      state: 'Progressing',
      nextLook: deadline,
    },
    {
      behaviour: 'is stable without a workload that was unhealthy before, and names it',
      plan: plan(targetB, {
        workloads: [workloadOf('cart', { ready: 1 }), workloadAt('web', ids.b, { sinceSeconds: -9000 })],
      }),
      does: [`MarkStable ${ids.b}`],
      state: 'Complete',
      says: /bbbbbbbbbbbb, but Deployment shop\/cart: not all pods are ready/,
    },
    {
      behaviour: 'includes it once it is healthy',
      plan: plan(stableA, { workloads: [cart, workloadAt('web', ids.a, { sinceSeconds: -9050 })] }),
      does: [`Deployment/cart → ${ids.a}`],
      state: 'Progressing',
      nextLook: deadline,
    },
    {
      behaviour: 'calls no revision stable that runs nowhere',
      plan: plan(targetB, { workloads: [workloadOf('cart', { ready: 1 }), workloadOf('web', { ready: 0 })] }),
      state: 'Progressing',
      says: /Deployment shop\/cart: not all pods are ready before the restart, and 1 more; waits for them/,
    },
    {
      behaviour: 'does not blame the revision when a workload that was done loses pods later',
      plan: plan(targetB, {
        workloads: [
          workloadAt('cart', ids.b, { ready: 2, sinceSeconds: -9000 }),
          workloadAt('web', ids.b, { sinceSeconds: -10 }),
        ],
      }),
      does: [`MarkStable ${ids.b}`],
      state: 'Complete',
    },
    {
      behaviour: 'takes no step while paused',
      plan: plan(targetB, { rollout: { paused: true }, workloads: [workloadAt('cart', ids.b), web] }),
      state: 'Paused',
      says: /1 of 2 workloads are not at revision bbbbbbbbbbbb/,
    },
    {
      behaviour: 'judges nothing while paused',
      plan: plan(targetB, { rollout: { paused: true }, workloads: [workloadAt('cart', ids.b, late)] }),
      state: 'Paused',
    },
    {
      behaviour: 'is complete though paused when all is done',
      plan: plan(targetB, { rollout: { paused: true }, workloads: [workloadAt('cart', ids.b)] }),
      does: [`MarkStable ${ids.b}`],
      state: 'Complete',
    },
  ]);
});
