import assert from 'node:assert/strict';
import { chooseDirection, openFailure } from '../../operator/rollout/direction.ts';
import { at, ids, revisionOf, snapshotOf } from '../support/rollout.ts';

const failure = { reason: 'FilterRejected', message: 'refused', at: at(-100) } as const;
const stable = revisionOf(ids.a, { stableSince: at(-10) });

describe('the direction of a rollout', () => {
  const directionOf = (target: typeof stable, rollout: object = {}) =>
    chooseDirection(snapshotOf({ revisions: [stable, target], rollout }), target);

  it('is back to the stable revision where the target failed, if that is not switched off', () => {
    const failed = revisionOf(ids.b, { failure });
    const { kind, goal } = directionOf(failed);
    assert.deepEqual([kind, goal?.id], ['RollBack', ids.a]);
    assert.equal(directionOf(failed, { autoRollback: false }).kind, 'Hold');
  });

  it('is to the target where its rollout completed after it had failed, before that of the stable one', () => {
    assert.equal(directionOf(revisionOf(ids.b, { failure, stableSince: at(-50) })).kind, 'Advance');
    assert.equal(directionOf(revisionOf(ids.b, { failure, stableSince: at(-150) })).kind, 'RollBack');
  });

  it('stays at the stable revision', () => {
    assert.equal(chooseDirection(snapshotOf({ revisions: [stable] }), stable).kind, 'Maintain');
  });

  it('knows no failure of a revision that never failed', () => {
    assert.equal(openFailure(stable), undefined);
  });
});
