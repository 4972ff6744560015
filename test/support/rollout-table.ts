import assert from 'node:assert/strict';
import type { RolloutPlan } from '../../operator/api/actions.ts';
import type { Revision, RevisionFailure } from '../../operator/api/revision.ts';
import { planRollout } from '../../operator/rollout/plan.ts';
import { at, ids, inShort, options, revisionOf, snapshotOf, workloadOf } from './rollout.ts';

/** Tables of plans: one stable revision, a target, a world and what the plan says. */

export const stableA = revisionOf(ids.a, { stableSince: at(-9000) });
export const targetB = revisionOf(ids.b, { number: 2 });
const failure: RevisionFailure = {
  reason: 'DeadlineExceeded',
  message: 'Deployment shop/cart: 1 of 3 pods have revision bbbbbbbbbbbb, 2 are ready',
  at: at(-5),
};
export const failedB = { ...targetB, failure };

export function plan(
  target: Revision | undefined,
  parts: Parameters<typeof snapshotOf>[0] = {},
  planOptions = options,
): RolloutPlan {
  const revisions = target === undefined || target.id === ids.a ? [stableA] : [stableA, target];
  return planRollout(snapshotOf({ revisions, ...parts }), target, planOptions);
}

interface Case {
  readonly behaviour: string;
  readonly plan: RolloutPlan;
  readonly does?: readonly string[];
  readonly state: RolloutPlan['progress']['state'];
  readonly reason?: RolloutPlan['progress']['reason'];
  readonly says?: RegExp;
  readonly goal?: string;
  readonly nextLook?: number;
}

export function table(cases: readonly Case[]): void {
  for (const { behaviour, plan: actual, does = [], ...expected } of cases) {
    it(behaviour, () => {
      assert.deepEqual(inShort(actual.actions), does);
      assert.equal(actual.progress.state, expected.state);
      if (expected.reason !== undefined) assert.equal(actual.progress.reason, expected.reason);
      if (expected.says !== undefined) assert.match(actual.progress.message, expected.says);
      if (expected.goal !== undefined) assert.equal(actual.progress.goal, expected.goal);
      assert.equal(actual.nextLook, expected.nextLook);
    });
  }
}

export const cart = workloadOf('cart');
export const web = workloadOf('web');
