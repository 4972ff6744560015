import assert from 'node:assert/strict';
import { ids, inShort, stepTo, workloadAt, workloadOf } from '../support/rollout.ts';
import { failedB, plan, stableA, targetB } from '../support/rollout-table.ts';
import { RolloutRun, stableWorld } from '../support/rollout-run.ts';

/** As `kubectl patch` leaves it. */
const edited = { foreignManager: 'kubectl-patch', editedFields: ['RevisionLabel'] } as const;

describe('a field of ours that somebody edited', () => {
  it('is adopted where it is a label that names the revision that is rolled out', () => {
    const { actions, progress } = plan(targetB, { workloads: [workloadAt('cart', ids.b, edited)] });
    assert.deepEqual(inShort(actions), ['adopt Deployment/cart', `MarkStable ${ids.b}`]);
    assert.equal(progress.state, 'Complete');
  });

  it('is adopted where it is a label that names what the operator set last, though another revision is wanted by now', () => {
    const cart = workloadAt('cart', ids.c, edited);
    assert.deepEqual(inShort(plan(targetB, { workloads: [cart] }).actions), ['adopt Deployment/cart']);
  });

  it('is adopted where it is a label that names a revision that failed since, so that it can be rolled back', () => {
    const cart = workloadOf('cart', { templateRevision: ids.b, step: stepTo(ids.a, -9050), ...edited });
    assert.deepEqual(inShort(plan(failedB, { workloads: [cart] }).actions), ['adopt Deployment/cart']);
  });

  it('is left to its owner where it is a label that names another revision, or none, and where another manager applies it', () => {
    for (const templateRevision of [ids.c, undefined]) {
      const cart = workloadOf('cart', { templateRevision, step: stepTo(ids.b, -10), ...edited });
      const { actions, progress } = plan(targetB, { workloads: [cart] });
      assert.deepEqual([inShort(actions), progress.reason], [[], 'LabelTakenOver']);
    }
    const applied = workloadAt('cart', ids.a, { foreignManager: 'argocd', sinceSeconds: -9050 });
    assert.deepEqual(inShort(plan(stableA, { workloads: [applied] }).actions), []);
  });

  it('is adopted without its label where it is the step or a key of a proxy, whatever the label names', () => {
    const editedFields = ['RevisionLabel', 'StepAnnotation', 'ProxyKeys'] as const;
    const cart = workloadOf('cart', {
      ...{ templateRevision: ids.c, step: stepTo(ids.b, -10) },
      ...{ foreignManager: 'kubectl-rollout', editedFields },
    });
    const [adopt] = plan(targetB, { workloads: [cart] }).actions;
    assert.deepEqual(adopt, {
      kind: 'AdoptEdits',
      workload: { kind: 'Deployment', name: 'cart', uid: cart.uid },
      fields: ['StepAnnotation', 'ProxyKeys'],
      revision: undefined,
    });
  });

  it('is left to its owner where it is a key of a proxy in a template that has to give the keys itself', () => {
    const cart = workloadAt('cart', ids.b, { editedFields: ['ProxyKeys'], templateKeys: [] });
    assert.deepEqual(inShort(plan(targetB, { workloads: [cart] }).actions), [`MarkStable ${ids.b}`]);
  });

  it('does not hold up the next revision when it was set by the command of the message', () => {
    const run = new RolloutRun(stableWorld('cart'));
    const [cart] = run.snapshot.workloads;
    assert.ok(cart);
    run.change({
      workloads: [
        {
          ...cart,
          foreignManager: 'kubectl-rollout',
          editedFields: ['RevisionLabel'],
          step: stepTo(ids.b, -10),
        },
      ],
    });
    assert.equal(run.run().plan.progress.reason, 'LabelTakenOver');
    run.change({ workloads: [{ ...cart, ...edited, templateRevision: ids.b, step: stepTo(ids.b, -10) }] });
    run.replacePods('cart');
    assert.deepEqual(run.run().does, ['adopt Deployment/cart', `MarkStable ${ids.b}`]);
    const next = new RolloutRun(
      { ...run.snapshot, revisions: [...run.snapshot.revisions, { ...targetB, id: ids.c }] },
      ids.c,
    );
    assert.deepEqual(next.run().does, [`Deployment/cart → ${ids.c}`]);
  });
});
