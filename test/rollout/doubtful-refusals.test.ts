import assert from 'node:assert/strict';
import type { Pod } from '../../operator/api/pod.ts';
import { doubtfulRefusals } from '../../operator/rollout/doubtful-refusals.ts';
import { rejectsRevision } from '../../operator/rollout/rejects-revision.ts';
import { ids, podOf, start } from '../support/rollout.ts';

const verification = { state: 'NotVerified', message: 'fetch_failure', cause: 'Refused' } as const;
const refused = (parts: Partial<Pod> = {}) => podOf('new', { revision: ids.b, verification, ...parts });
const witness = (parts: Partial<Pod> = {}) =>
  podOf('old', { revision: ids.a, modulesLoadedAt: start + 10_000, ...parts });
const isDoubtful = (...pods: Pod[]) => doubtfulRefusals(pods).size > 0;

describe('a module that a proxy refused', () => {
  it('may be of another author as long as no proxy without the revision shows that it loads those', () => {
    assert.ok(isDoubtful(refused()));
    assert.ok(isDoubtful(refused(), witness({ modulesLoadedAt: undefined })));
    assert.ok(isDoubtful(refused(), witness({ revision: ids.b })));
    assert.ok(isDoubtful(refused(), witness({ workload: 'Deployment/other' })));
  });

  it('is ours where such a proxy has loaded all of its own since', () => {
    assert.ok(!isDoubtful(refused(), witness()));
    assert.ok(!isDoubtful(refused(), witness({ revision: undefined })));
  });

  it('is not shown to be ours by an answer from before, with 10 s for clocks that differ', () => {
    assert.ok(isDoubtful(refused(), witness({ modulesLoadedAt: start + 9_999 })));
    assert.ok(isDoubtful(refused({ readySince: undefined }), witness()));
    const switched = { templateRevision: ids.a, readySince: start - 3_600_000 };
    assert.ok(isDoubtful(refused({ ...switched, askedSince: start + 1 }), witness()));
    assert.ok(!isDoubtful(refused({ ...switched, askedSince: start }), witness()));
  });

  it('fails the revision at once where it is ours, and not where that is in doubt', () => {
    assert.ok(rejectsRevision(refused()));
    assert.ok(!rejectsRevision(refused({ isRefusalDoubtful: true })));
  });

  it('is the only thing that can be in doubt', () => {
    const others = (['NotFetched', 'Unclear'] as const).map((cause) =>
      podOf(cause, { revision: ids.b, verification: { ...verification, cause } }),
    );
    assert.ok(!isDoubtful(podOf('verified'), ...others));
  });
});
