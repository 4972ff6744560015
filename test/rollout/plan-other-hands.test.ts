import { ids, rolling, stepTo, workloadAt, workloadOf } from '../support/rollout.ts';
import { plan, table, targetB, web } from '../support/rollout-table.ts';

const deadline = 600;
const late = { ...rolling, sinceSeconds: -deadline - 1 };

describe('planRollout when another hand is on a workload', () => {
  table([
    {
      behaviour: 'holds where another manager has the label, names it, and gives the command that helps',
      plan: plan(targetB, {
        workloads: [workloadAt('cart', ids.a, { foreignManager: 'argocd' })],
      }),
      state: 'Held',
      reason: 'LabelTakenOver',
      says: /Deployment shop\/cart: .* revision\.softprobe\.ai\/checkout is managed by "argocd".* run kubectl patch deployment\/cart -n shop -p '\{"spec":\{"template":\{"metadata":\{"labels":\{"revision.softprobe.ai\/checkout":"bbbbbbbbbbbb"\}\}\}\}\}'/,
    },
    {
      behaviour: 'rolls the others out meanwhile',
      plan: plan(targetB, {
        workloads: [workloadAt('cart', ids.a, { foreignManager: 'argocd' }), web],
      }),
      does: [`Deployment/web → ${ids.b}`],
      state: 'Progressing',
      nextLook: deadline,
    },
    {
      behaviour: 'marks the revision stable on the others, and holds for that one',
      plan: plan(targetB, {
        workloads: [workloadAt('cart', ids.a, { foreignManager: 'argocd' }), workloadAt('web', ids.b)],
      }),
      does: [`MarkStable ${ids.b}`],
      state: 'Held',
      reason: 'LabelTakenOver',
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
      behaviour: 'does not fight at once with a tool that takes the label off',
      plan: plan(targetB, { workloads: [workloadOf('cart', { step: stepTo(ids.b, -10) })] }),
      state: 'Held',
      reason: 'LabelTakenOver',
      says: /somebody changed the template's label .* after the operator set it/,
      nextLook: 50,
    },
    {
      behaviour: 'names who wrote the template last',
      plan: plan(targetB, {
        workloads: [workloadOf('cart', { step: stepTo(ids.b, -10), lastWriter: 'helm' })],
      }),
      state: 'Held',
      says: /Deployment shop\/cart: "helm" changed the template's label/,
      nextLook: 50,
    },
    {
      behaviour: 'sets the label again a minute later',
      plan: plan(targetB, { workloads: [workloadOf('cart', { step: stepTo(ids.b, -60) })] }),
      does: [`Deployment/cart → ${ids.b}`],
      state: 'Progressing',
      nextLook: deadline,
    },
    {
      behaviour: 'holds before a paused workload',
      plan: plan(targetB, { workloads: [workloadOf('cart', { isPaused: true })] }),
      state: 'Held',
      reason: 'WorkloadPaused',
      says: /Deployment shop\/cart: paused by its owner/,
    },
    {
      behaviour: 'does not fail a workload that its owner paused in the middle, however long that takes',
      plan: plan(targetB, { workloads: [workloadAt('cart', ids.b, { ...late, isPaused: true })] }),
      state: 'Held',
      reason: 'WorkloadPaused',
    },
    {
      behaviour: 'rolls others out while one is paused',
      plan: plan(targetB, { workloads: [workloadOf('cart', { isPaused: true }), web] }),
      does: [`Deployment/web → ${ids.b}`],
      state: 'Progressing',
      nextLook: deadline,
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
