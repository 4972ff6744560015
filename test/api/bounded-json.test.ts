import assert from 'node:assert/strict';
import { isBoundedJson } from '../../operator/api/bounded-json.ts';
import { parseAgent } from '../../operator/api/parse.ts';
import { minimalSpec } from '../support/agent.ts';

const nested = (levels: number) => JSON.parse('['.repeat(levels) + ']'.repeat(levels)) as unknown;

describe('a bound of JSON', () => {
  it('takes 32 levels and refuses more, however many there are', () => {
    assert.deepEqual(
      [32, 33, 100_000].map((levels) => isBoundedJson(nested(levels), 1_000_000)),
      [true, false, false],
    );
  });

  it('counts the characters of the text', () => {
    assert.deepEqual([isBoundedJson('ab', 4), isBoundedJson('abc', 4)], [true, false]);
  });

  it('is named where spec.filter.config exceeds it', () => {
    const metadata = { namespace: 'shop', name: 'checkout', uid: '1', creationTimestamp: '' };
    const filter = { build: { configMap: { name: 'mine' } }, config: nested(40) };
    const parsed = parseAgent({ metadata, spec: { ...minimalSpec, filter } });
    assert.match(
      'error' in parsed ? parsed.error : '',
      /spec\.filter\.config: must have at most 65536 characters as JSON, and 32 levels/,
    );
  });
});
