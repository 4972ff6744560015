import assert from 'node:assert/strict';
import type { Revision } from '../../operator/api/revision.ts';
import { planRetry } from '../../operator/decide/retry.ts';
import { ids, identity, start } from '../support/rollout.ts';
import { failedB, stableA } from '../support/rollout-table.ts';

const plan = (retry: string | undefined, target: Revision | undefined) =>
  planRetry({ identity: { ...identity, retry }, now: start }, target);

describe('a request to retry a revision', () => {
  it('clears its failure, and what was remembered of its rollout', () => {
    const memory = { workloads: {}, retriedAt: new Date(start).toISOString() };
    assert.deepEqual(plan(ids.b, failedB), {
      target: { ...failedB, failure: undefined, memory },
      actions: [{ kind: 'ClearFailure', revisionId: ids.b, memory }, { kind: 'AcknowledgeRetry' }],
    });
  });

  const useless: [what: string, retry: string, target: Revision | undefined][] = [
    ['of another revision', ids.a, failedB],
    ['of a revision that has not failed', ids.a, stableA],
    ['while there is no revision', ids.b, undefined],
  ];
  for (const [what, retry, target] of useless) {
    it(`is removed and changes nothing ${what}`, () => {
      assert.deepEqual(plan(retry, target), { target, actions: [{ kind: 'AcknowledgeRetry' }] });
    });
  }

  it('is needed to try a failed revision again', () => {
    assert.deepEqual(plan(undefined, failedB), { target: failedB, actions: [] });
  });
});
