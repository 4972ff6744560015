import assert from 'node:assert/strict';
import type { Action } from '../../operator/api/actions.ts';
import { at, ids, rolling, workloadAt } from '../support/rollout.ts';
import { cart, plan, stableA, table, targetB } from '../support/rollout-table.ts';

const deadline = 600;
const late = { ...rolling, sinceSeconds: -deadline - 1 };

describe('planRollout after an outage', () => {
  const stalled = workloadAt('web', ids.b, late);
  table([
    {
      behaviour: 'gives a step half of its time from when the world is seen again',
      plan: plan(targetB, { secondsInSync: 0, workloads: [stalled] }),
      state: 'Progressing',
      nextLook: deadline / 2,
    },
    {
      behaviour: 'marks the revision failed after that',
      plan: plan(targetB, { secondsInSync: deadline / 2, workloads: [stalled] }),
      does: [`MarkFailed ${ids.b}`, `Deployment/web → ${ids.a}`],
      state: 'RollingBack',
      nextLook: deadline,
    },
    {
      behaviour: 'holds where no revision is marked failed',
      plan: plan(stableA, { secondsInSync: 0, workloads: [workloadAt('web', ids.a, late)] }),
      state: 'Held',
      reason: 'DeadlineExceeded',
    },
  ]);
});

describe('planRollout after a leader whose clock was ahead', () => {
  const ahead = 300;
  const aheadA = { ...stableA, stableSince: at(ahead) };
  const writtenBy = (world: Parameters<typeof plan>[1], kind: Action['kind']) => {
    const found = plan(targetB, { revisions: [aheadA, targetB], ...world }).actions.find(
      (action) => action.kind === kind,
    );
    if (found?.kind === 'MarkStable') return found.since;
    if (found?.kind === 'MarkFailed') return found.failure.at;
    return found?.kind === 'SetWorkloadRevision' ? found.step.since : undefined;
  };
  const later = at(ahead + 0.001);

  it('writes times that are later than those of that one', () => {
    assert.equal(writtenBy({ workloads: [workloadAt('cart', ids.b)] }, 'MarkStable'), later);
    assert.equal(writtenBy({ workloads: [cart] }, 'SetWorkloadRevision'), later);
    assert.equal(writtenBy({ workloads: [stalledAt(-601)] }, 'MarkFailed'), later);
    const done = workloadAt('web', ids.b, { sinceSeconds: 2 * ahead });
    assert.equal(writtenBy({ workloads: [cart, done] }, 'SetWorkloadRevision'), at(2 * ahead + 0.001));
  });

  it('gives a step no more than its whole time', () => {
    assert.equal(plan(targetB, { workloads: [stalledAt(ahead)] }).nextLook, deadline);
  });

  function stalledAt(sinceSeconds: number) {
    return workloadAt('web', ids.b, { ...rolling, sinceSeconds });
  }
});
