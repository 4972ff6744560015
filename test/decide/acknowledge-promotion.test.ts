import assert from 'node:assert/strict';
import type { RolloutProgress } from '../../operator/api/actions.ts';
import { acknowledgePromotion } from '../../operator/decide/acknowledge-promotion.ts';
import { identity, ids } from '../support/rollout.ts';

/** What becomes of a promotion while revision b is the target. */
function acknowledged(promote: string | undefined, state: RolloutProgress['state'], target = true) {
  const requests = { ...identity.requests, promote };
  const actions = acknowledgePromotion(
    { identity: { ...identity, requests } },
    target ? { id: ids.b } : undefined,
    { state },
  );
  return actions.map(({ kind }) => kind).join();
}

describe('a promotion', () => {
  it('stays while its rollout is in progress, paused or held', () => {
    for (const state of ['Progressing', 'Paused', 'Held', 'RollingBack'] as const) {
      assert.equal(acknowledged(`${ids.b}/Canary 1 of 1`, state), '');
    }
  });

  it('is removed when its rollout is over, so that a later one of the same revision waits again', () => {
    for (const state of ['Complete', 'RolledBack'] as const) {
      assert.equal(acknowledged(`${ids.b}/Canary 1 of 1`, state), 'AcknowledgePromotion');
      assert.equal(acknowledged(`${ids.b}/full`, state), 'AcknowledgePromotion');
    }
  });

  it('is removed when its revision was left for another one', () => {
    assert.equal(acknowledged(`${ids.a}/full`, 'Progressing'), 'AcknowledgePromotion');
  });

  it('is left alone while there is none, or no target', () => {
    assert.equal(acknowledged(undefined, 'Complete'), '');
    assert.equal(acknowledged(`${ids.a}/full`, 'Waiting', false), '');
  });
});
