import assert from 'node:assert/strict';
import type { RolloutMemory } from '../../operator/api/rollout-memory.ts';
import type { Revision } from '../../operator/api/revision.ts';
import type { OwnUpdate, Workload } from '../../operator/api/workload.ts';
import { at, ids, inShort, revisionOf, start, stepTo, workloadAt, workloadOf } from '../support/rollout.ts';
import { failedB, plan, stableA, table, targetB, web } from '../support/rollout-table.ts';

const complete = { kind: 'Rollout', templateKeys: [] } as const;
const own = (state: OwnUpdate['state'], message: string): Partial<Workload> => ({
  ...complete,
  ownUpdate: { state, message },
});
const waiting = own('Waiting', 'Paused: CanaryPauseStep');
const degraded = own('Degraded', 'Degraded: ProgressDeadlineExceeded: it has timed out');
const aborted = own('Aborted', 'Degraded: RolloutAborted: Rollout aborted update to revision 2');

function memory(parts: Partial<RolloutMemory['workloads'][string]> = {}): RolloutMemory {
  const cart = {
    ...{ goal: ids.b, attempts: 1, attemptedAt: at(-9000), progressAt: at(0), score: 99 },
    ...{ unready: 0, hasArrived: false },
    ...parts,
  };
  return { workloads: { 'uid-cart': cart } };
}

/** In its own update to revision b, since the step that is remembered. */
function planWith(known: RolloutMemory, parts: Partial<Workload>, seconds = 0) {
  const cart = workloadAt('cart', ids.b, { sinceSeconds: -9000, updated: 1, ...parts });
  const now = start + seconds * 1000;
  return plan({ ...targetB, memory: known }, { workloads: [cart, web], now });
}

describe('the own update of a Rollout', () => {
  it('is waited for though its new pods are there, and its state is shown', () => {
    const { actions, progress } = planWith(memory(), { ...waiting, updated: 3 }, 10);
    assert.deepEqual(inShort(actions), []);
    assert.equal(progress.state, 'Progressing');
    assert.match(
      progress.message,
      /^Rollout shop\/cart: 3 of 3 pods have revision b+, 3 are ready; Paused: CanaryPauseStep$/,
    );
  });

  it('stops the clock of the step while it waits for its owner, and is not failed then', () => {
    const { actions } = planWith(memory(), waiting, 100);
    const remembered = actions.findLast((action) => action.kind === 'Remember');
    assert.equal(remembered?.memory.workloads['uid-cart']?.pausedSince, at(100));
    const days = planWith(memory({ pausedSince: at(100) }), waiting, 3 * 86_400);
    assert.equal(days.progress.state, 'Progressing');
    const resumed = planWith(memory({ pausedSince: at(100) }), own('InProgress', 'Progressing'), 9000);
    assert.deepEqual([resumed.progress.state, resumed.nextLook], ['Progressing', 500]);
  });

  it('fails by the deadline of the rollout while it is Degraded, with its own reason', () => {
    assert.equal(planWith(memory(), degraded, 599).progress.state, 'Progressing');
    const { actions, progress } = planWith(memory(), degraded, 600);
    assert.ok(inShort(actions).includes(`MarkFailed ${ids.b}`));
    assert.equal(progress.state, 'RollingBack');
    const failed = actions.find((action) => action.kind === 'MarkFailed');
    assert.equal(failed?.failure.reason, 'DeadlineExceeded');
    assert.match(failed.failure.message, /ProgressDeadlineExceeded: it has timed out, and no progress for/);
  });

  it('fails the step at once when it is aborted, and the workload is taken back', () => {
    const { actions } = planWith(memory(), aborted, 1);
    const failed = actions.find((action) => action.kind === 'MarkFailed');
    assert.equal(failed?.failure.reason, 'Aborted');
    assert.equal(
      failed.failure.message,
      'Rollout shop/cart: its own update was aborted: Degraded: RolloutAborted: Rollout aborted update to revision 2',
    );
    assert.ok(inShort(actions).includes(`Rollout/cart → ${ids.a}`));
  });

  it('that its owner began and aborted after the step was done fails nothing', () => {
    const { actions, progress } = planWith(memory({ hasArrived: true }), aborted, 9000);
    assert.deepEqual(inShort(actions), [`Deployment/web → ${ids.b}`]);
    assert.equal(progress.state, 'Progressing');
  });

  for (const [what, parts] of Object.entries({ waiting, degraded, aborted })) {
    it(`that its owner began is not interrupted: ${what}`, () => {
      const workloads = [workloadOf('cart', parts), web];
      const { actions, skipped } = plan(targetB, { workloads });
      assert.deepEqual(inShort(actions), [`Deployment/web → ${ids.b}`]);
      assert.equal(skipped.get('Rollout/cart')?.reason, 'AlreadyUnhealthy');
      assert.ok(
        skipped.get('Rollout/cart')?.message.includes(`end first (${parts.ownUpdate?.message ?? ''})`),
      );
    });
  }
});

describe('a rollback of a Rollout', () => {
  const revisions = [stableA, failedB];
  table([
    {
      behaviour: 'takes it off a failed revision in the middle of its own update',
      plan: plan(failedB, { revisions, workloads: [workloadAt('cart', ids.b, { ...waiting, updated: 1 })] }),
      does: [`Rollout/cart → ${ids.a}`],
      state: 'RollingBack',
      nextLook: 600,
    },
  ]);
});

describe('a Rollout whose template is another object’s', () => {
  const elsewhere: Partial<Workload> = {
    ...complete,
    oddity: 'TemplateElsewhere',
    templateSource: { kind: 'Deployment', name: 'base', replicaSet: 'cart-1' },
  };
  const revisions: readonly Revision[] = [stableA, failedB];

  it('is left out with the command for that object', () => {
    const { actions, skipped } = plan(targetB, { workloads: [workloadOf('cart', elsewhere), web] });
    assert.deepEqual(inShort(actions), [`Deployment/web → ${ids.b}`]);
    const problem = skipped.get('Rollout/cart');
    assert.equal(problem?.reason, 'ManualUpdates');
    const patch = `{"spec":{"template":{"metadata":{"labels":{"revision.softprobe.ai/checkout":"${ids.b}"}}}}}`;
    assert.ok(
      problem.message.endsWith(`run kubectl patch deployment/base -n shop -p '${patch}'`),
      problem.message,
    );
  });

  it('is left out when it is new as well', () => {
    const created = { isObserved: false, updated: 0, ready: 0, total: 0 };
    const workloads = [
      workloadOf('cart', { ...elsewhere, ...created }),
      workloadAt('web', ids.a, { sinceSeconds: -9050 }),
    ];
    assert.deepEqual(inShort(plan(stableA, { revisions: [stableA], workloads }).actions), []);
  });

  it('is not changed to leave a failed revision, which its owner has to do', () => {
    const cart = workloadAt('cart', ids.b, elsewhere);
    const { actions, progress } = plan(failedB, { revisions, workloads: [cart] });
    assert.deepEqual(inShort(actions), []);
    assert.deepEqual([progress.state, progress.reason], ['Held', 'ManualUpdates']);
  });

  it('counts as updated once its owner has run the command', () => {
    const cart = workloadOf('cart', { ...elsewhere, templateRevision: ids.b });
    const { actions } = plan(targetB, { workloads: [cart] });
    assert.deepEqual(inShort(actions), [`MarkStable ${ids.b}`]);
  });
});

describe('the keys of a Rollout’s proxies', () => {
  const publicKey = { secretName: 'softprobe', key: 'publicKey', digest: 'd'.repeat(64) };
  const withKey = revisionOf(ids.b, { number: 2, data: { ...targetB.data, publicKey } });
  const given = { variable: 'SP_PUBLIC_KEY', secretName: 'softprobe', key: 'publicKey' };
  const cart = (parts: Partial<Workload>) => workloadOf('cart', { ...complete, ...parts });

  it('are never written into its template: without the backend’s key it is left out, with what to add', () => {
    for (const templateKeys of [[], [{ ...given, secretName: 'another' }]]) {
      const { actions, skipped } = plan(withKey, { workloads: [cart({ templateKeys })] });
      assert.deepEqual(inShort(actions), []);
      assert.equal(skipped.get('Rollout/cart')?.reason, 'NeedsRestart');
      assert.match(
        skipped.get('Rollout/cart')?.message ?? '',
        /a container istio-proxy with image auto and SP_PUBLIC_KEY from key publicKey of Secret softprobe$/,
      );
    }
  });

  it('count as given where its own template gives them', () => {
    const { actions } = plan(withKey, { workloads: [cart({ templateKeys: [given] })] });
    const step = actions.find((action) => action.kind === 'SetWorkloadRevision');
    assert.equal(step?.step.hasKey, undefined);
    assert.equal(step?.publicKey, undefined);
    const done = workloadOf('cart', { ...complete, templateKeys: [given], templateRevision: ids.b });
    const again = plan(withKey, { workloads: [{ ...done, step: stepTo(ids.b, -10) }] });
    assert.deepEqual(inShort(again.actions), [`MarkStable ${ids.b}`]);
  });

  it('may lack that of redaction markers, which the step’s message says', () => {
    const data = { ...targetB.data, redactionKeyDigest: 'e'.repeat(64) };
    const { actions, progress } = plan(revisionOf(ids.b, { number: 2, data }), { workloads: [cart({})] });
    assert.deepEqual(inShort(actions), [`Rollout/cart → ${ids.b}`]);
    const [step] = actions.flatMap((action) => (action.kind === 'SetWorkloadRevision' ? [action] : []));
    assert.equal(step?.hasRedactionKey, false);
    assert.match(progress.message, /SP_REDACTION_KEY from key key of Secret checkout-redaction-key/);
  });
});

describe('a Rollout', () => {
  it('that is paused by its owner is left out, with a command that needs no plug-in of kubectl', () => {
    const { skipped } = plan(targetB, {
      workloads: [workloadOf('cart', { ...complete, isPaused: true })],
    });
    assert.equal(
      skipped.get('Rollout/cart')?.message,
      `Rollout shop/cart: paused by its owner; kubectl patch rollout/cart -n shop --type merge -p '{"spec":{"paused":false}}' continues the rollout`,
    );
  });

  it('whose label another manager has is named with a patch of a type that the API server takes', () => {
    const { skipped } = plan(targetB, {
      workloads: [workloadOf('cart', { ...complete, foreignManager: 'argocd' })],
    });
    assert.match(
      skipped.get('Rollout/cart')?.message ?? '',
      /run kubectl patch rollout\/cart -n shop --type merge -p '\{"spec"/,
    );
  });

  it('that is complete is rolled out as a Deployment is', () => {
    const { actions } = plan(targetB, { workloads: [workloadOf('cart', complete)] });
    assert.deepEqual(inShort(actions), [`Rollout/cart → ${ids.b}`]);
  });
});
