import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { reasons, type Reason } from '../../operator/api/reasons.ts';

/** Reasons that report that all is well, or what passes by itself: there is nothing to do about them. */
const harmless: readonly Reason[] = [
  'Healthy',
  'Progressing',
  'Deleting',
  'FilterReady',
  'Building',
  'ResourcesApplied',
  'BackendReachable',
  'RolloutComplete',
  'CanaryStarted',
  'SwitchedBack',
  'CacheMode',
  'AsExpected',
];

describe('docs/troubleshooting.md', () => {
  const page = readFileSync(new URL('../../docs/troubleshooting.md', import.meta.url), 'utf8');
  const explained = [...page.matchAll(/^\| `([A-Z][A-Za-z]+)` +\|/gm)].map(([, reason = '']) => reason);

  it('has one row for each reason that a person can do something about', () => {
    const expected = Object.keys(reasons).filter((reason) => !harmless.includes(reason as Reason));
    assert.deepEqual(explained.toSorted(), expected.toSorted());
  });
});
