import assert from 'node:assert/strict';
import { backoffSeconds } from '../../operator/api/backoff.ts';

describe('the wait after failures', () => {
  const backoff = { first: 5, longest: 300 };

  it('doubles with each failure, up to the longest', () => {
    const waits = [1, 2, 3, 6, 7, 8].map((failures) => backoffSeconds(backoff, failures));
    assert.deepEqual(waits, [5, 10, 20, 160, 300, 300]);
  });

  it('is the longest after any number of failures', () => {
    assert.equal(backoffSeconds(backoff, 1_000_000), 300);
  });
});
