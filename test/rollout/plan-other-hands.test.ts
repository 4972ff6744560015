import { at, ids, rolling, workloadAt, workloadOf } from '../support/rollout.ts';
import { plan, table, targetB, web } from '../support/rollout-table.ts';

const deadline = 600;
const late = { ...rolling, sinceSeconds: -deadline - 1 };

describe('planRollout when another hand is on a workload', () => {
  table([
    {
      behaviour: 'holds where another manager has the label, and names it',
      plan: plan(targetB, {
        workloads: [workloadAt('cart', ids.a, { foreignManager: 'argocd' }), web],
      }),
      state: 'Held',
      reason: 'LabelTakenOver',
      says: /Deployment shop\/cart: .* revision\.softprobe\.ai\/checkout is managed by "argocd".* set it to bbbbbbbbbbbb/,
    },
    {
      behaviour: 'is content with another manager that sets the right revision',
      plan: plan(targetB, {
        workloads: [workloadOf('cart', { templateRevision: ids.b, foreignManager: 'argocd' })],
      }),
      does: [`MarkStable ${ids.b}`],
      state: 'Complete',
    },
    {
      behaviour: 'does not fight with one that takes the label off',
      plan: plan(targetB, {
        workloads: [workloadOf('cart', { step: { revision: ids.b, since: at(-10) } }), web],
      }),
      state: 'Held',
      reason: 'LabelTakenOver',
      says: /remove the annotation step\.softprobe\.ai\/checkout/,
    },
    {
      behaviour: 'keeps the deadline of the workload in progress while it holds',
      plan: plan(targetB, {
        workloads: [
          workloadAt('cart', ids.b, rolling),
          workloadAt('web', ids.a, { sinceSeconds: -9050, foreignManager: 'argocd' }),
        ],
      }),
      state: 'Held',
      nextLook: deadline - 10,
    },
    {
      behaviour: 'holds before a paused workload',
      plan: plan(targetB, { workloads: [workloadOf('cart', { isPaused: true })] }),
      state: 'Held',
      reason: 'WorkloadPaused',
      says: /Deployment shop\/cart: paused by its owner/,
    },
    {
      behaviour: 'renews the step of a workload that is paused in the middle, as its time runs on',
      plan: plan(targetB, { workloads: [workloadAt('cart', ids.b, { ...late, isPaused: true })] }),
      does: [`Deployment/cart → ${ids.b}`],
      state: 'Held',
      reason: 'WorkloadPaused',
      nextLook: deadline / 2,
    },
    {
      behaviour: 'renews it while the rollout is paused too',
      plan: plan(targetB, {
        rollout: { paused: true },
        workloads: [workloadAt('cart', ids.b, { ...late, isPaused: true })],
      }),
      does: [`Deployment/cart → ${ids.b}`],
      state: 'Paused',
      nextLook: deadline / 2,
    },
    {
      behaviour: 'renews it no earlier than at half of its time',
      plan: plan(targetB, {
        workloads: [workloadAt('cart', ids.b, { ...rolling, sinceSeconds: -299, isPaused: true })],
      }),
      state: 'Held',
      reason: 'WorkloadPaused',
      nextLook: 1,
    },
    {
      behaviour: 'lets others be that are paused before their step',
      plan: plan(targetB, {
        workloads: [workloadAt('cart', ids.a, { sinceSeconds: -9050, isPaused: true })],
      }),
      state: 'Held',
      reason: 'WorkloadPaused',
    },
    {
      behaviour: 'does not mind a paused workload that is done',
      plan: plan(targetB, { workloads: [workloadAt('cart', ids.b, { isPaused: true })] }),
      does: [`MarkStable ${ids.b}`],
      state: 'Complete',
    },
  ]);
});
