import assert from 'node:assert/strict';
import { durationText } from '../../hack/tools/progress.ts';

describe('the progress of a long step', () => {
  it('shows minutes and seconds, so that no two lines are alike', () => {
    const texts = [4.4, 59.4, 59.6, 80, 120, 139.5, 1805].map(durationText);
    assert.deepEqual(texts, ['4 s', '59 s', '1 min', '1 min 20 s', '2 min', '2 min 20 s', '30 min 5 s']);
  });
});
