import assert from 'node:assert/strict';
import { repeatUntil } from '../../operator/cli/repeat-until.ts';

describe('repeatUntil', () => {
  it('returns the first truthy result', async () => {
    const results = [undefined, false, 0, 'done'];
    assert.equal(await repeatUntil(() => results.shift(), { seconds: 60, pollMilliseconds: 1 }), 'done');
  });

  it('makes one more attempt after the deadline, then returns undefined', async () => {
    let attempts = 0;
    const attempt = () => {
      attempts += 1;
      return false;
    };
    assert.equal(await repeatUntil(attempt, { seconds: 0, pollMilliseconds: 1 }), undefined);
    assert.ok(attempts >= 1);
  });

  it('ends when its signal aborts', async () => {
    const abort = new AbortController();
    const attempt = () => abort.abort();
    const options = { seconds: 60, pollMilliseconds: 60_000, signal: abort.signal };
    assert.equal(await repeatUntil(attempt, options), undefined);
  });

  it('passes errors on', async () => {
    const attempt = () => Promise.reject(new Error('broken'));
    await assert.rejects(repeatUntil(attempt, { seconds: 60, pollMilliseconds: 1 }), /broken/);
  });
});
