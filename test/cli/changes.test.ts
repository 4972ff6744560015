import assert from 'node:assert/strict';
import { changedFields, revisionChange, unifiedDiff } from '../../operator/cli/view/changes.ts';
import { wantedRevision } from '../../operator/render/revision.ts';
import { agentOf, artifact, minimalSpec, policy, redactionKey, wholeMesh } from '../support/agent.ts';

const publicKey = { state: 'NotWanted' } as const;
const revisionOf = (spec: object, digest = artifact.digest) => {
  const agent = agentOf({ ...minimalSpec, ...spec });
  const outcome = wantedRevision({
    agent,
    artifact: { ...artifact, digest },
    mesh: wholeMesh,
    publicKey,
    redactionKey,
    policy,
  });
  if ('reason' in outcome) throw new Error(outcome.message);
  return { data: outcome.data, agentSpec: agent.spec };
};

describe('what changed between two revisions', () => {
  const first = revisionOf({});

  it('is named by the fields of the spec', () => {
    const second = revisionOf({ direction: 'Both', capture: { sample: '50%' } });
    assert.equal(revisionChange(first, second), 'direction, capture.sample');
  });

  it('is the module where the spec is the same', () => {
    assert.equal(revisionChange(first, revisionOf({}, 'f'.repeat(64))), 'module');
  });

  it('is found in the rendered data where an older operator kept no spec', () => {
    const second = { ...revisionOf({ direction: 'Both' }), agentSpec: undefined };
    assert.match(revisionChange(first, second), /^sides/);
  });

  it('is cut off after a few fields', () => {
    const second = revisionOf({
      direction: 'Both',
      mode: 'Record',
      capture: { sample: '50%' },
      backend: { timeout: '2s', auth: 'Bearer' },
    });
    assert.match(revisionChange(first, second), /^direction, mode, backend\.\w+, backend\.\w+, 1 more$/);
  });

  it('lists fields that appear and disappear', () => {
    assert.deepEqual(changedFields({ a: 1, b: { c: [1] } }, { b: { c: [2] }, d: 3 }, 'spec'), [
      'spec.a',
      'spec.b.c',
      'spec.d',
    ]);
  });
});

describe('a difference of two texts', () => {
  it('is shown as diff -u shows it', () => {
    const text = unifiedDiff({ name: 'one', text: 'a\nb\nc\n' }, { name: 'two', text: 'a\nB\nc\n' });
    assert.equal(text, '--- one\n+++ two\n@@ -1,3 +1,3 @@\n a\n-b\n+B\n c\n');
  });

  it('is empty for equal texts', () => {
    assert.equal(unifiedDiff({ name: 'one', text: 'a\n' }, { name: 'two', text: 'a\n' }), '');
  });
});
