import assert from 'node:assert/strict';
import type { Pod, Verification } from '../../operator/api/pod.ts';
import { rejectsRevision } from '../../operator/rollout/rejects-revision.ts';
import { ids, podOf, start } from '../support/rollout.ts';

const because = (cause: Extract<Verification, { state: 'NotVerified' }>['cause'], parts: Partial<Pod> = {}) =>
  rejectsRevision(podOf('p', { verification: { state: 'NotVerified', message: 'no', cause }, ...parts }));

describe('a pod whose proxy does not run the revision', () => {
  it('rejects it where waiting will not help', () => {
    for (const cause of ['Refused', 'Stopped', 'Reloading'] as const) assert.ok(because(cause), cause);
    for (const cause of ['NotFetched', 'Unclear'] as const) assert.ok(!because(cause), cause);
    assert.ok(!rejectsRevision(podOf('p')));
  });

  it('rejects it where it has not configured the filter 10 s after it was ready, by the time of its answer', () => {
    assert.ok(!because('NotConfigured', { askedAt: start + 9_999 }));
    assert.ok(because('NotConfigured', { askedAt: start + 10_000 }));
    assert.ok(!because('NotConfigured', { askedAt: start + 10_000, readySince: undefined }));
    assert.ok(!because('NotConfigured', { askedAt: undefined }));
  });

  it('has 30 s where it was switched as it ran', () => {
    const switched = (seconds: number) =>
      because('NotConfigured', { templateRevision: ids.b, askedAt: start + seconds * 1000 });
    assert.deepEqual([switched(29.9), switched(30)], [false, true]);
    const parts = { templateRevision: ids.b, askedAt: start + 60_000, askedSince: undefined };
    assert.ok(!because('NotConfigured', parts));
  });
});
