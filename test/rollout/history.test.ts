import assert from 'node:assert/strict';
import { historyOf } from '../../operator/rollout/history.ts';
import { at, ids, revisionOf } from '../support/rollout.ts';

const failure = (seconds: number) =>
  ({ reason: 'DeadlineExceeded', message: 'too late', at: at(seconds) }) as const;

describe('historyOf', () => {
  const outcomes = (...revisions: Parameters<typeof historyOf>[0]) =>
    historyOf(revisions, ids.c).map(({ revision, outcome }) => [revision, outcome]);

  it('lists the newest first, with what became of each', () => {
    assert.deepEqual(
      outcomes(
        revisionOf(ids.a, { stableSince: at(1) }),
        revisionOf(ids.b, { stableSince: at(2) }),
        revisionOf(ids.c),
      ),
      [
        [ids.c, 'Pending'],
        [ids.b, 'Stable'],
        [ids.a, 'Superseded'],
      ],
    );
  });

  it('says why a revision failed', () => {
    const [entry] = historyOf([revisionOf(ids.b, { failure: failure(1) })], ids.b);
    assert.equal(entry?.outcome, 'Failed');
    assert.equal(entry.message, 'too late');
  });

  it('forgets a failure that a later attempt made good', () => {
    assert.deepEqual(
      outcomes(
        revisionOf(ids.a, { stableSince: at(2), failure: failure(1) }),
        revisionOf(ids.b, { stableSince: at(3) }),
      ),
      [
        [ids.b, 'Stable'],
        [ids.a, 'Superseded'],
      ],
    );
  });
});
