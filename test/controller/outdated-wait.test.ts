import assert from 'node:assert/strict';
import { outdatedWait } from '../../operator/controller/outdated-wait.ts';

describe('the wait for caches that are out of date', () => {
  it('is short at first, and grows to ten seconds in an outage', () => {
    assert.deepEqual([0, 0.4, 4, 20, 3600].map(outdatedWait), [0.25, 0.25, 2, 10, 10]);
  });
});
