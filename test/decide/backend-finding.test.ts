import assert from 'node:assert/strict';
import type { BackendUse } from '../../operator/api/pod.ts';
import { findingOfBackend } from '../../operator/decide/backend-finding.ts';
import { artifact } from '../support/agent.ts';
import { podOf, snapshotOf } from '../support/rollout.ts';

function findingOf(...uses: (BackendUse | undefined)[]) {
  const pods = uses.map((use, index) => podOf(`p${index}`, { backend: use }));
  return findingOfBackend(snapshotOf({ pods }));
}

describe("The filters' use of the backend", () => {
  it('is not known before one has called it', () => {
    const { status, reason, message } = findingOf(undefined, undefined);
    assert.deepEqual([status, reason], ['Unknown', 'NoBackendCalls']);
    assert.match(message, /HTTPS that the application begins itself/);
  });

  it('is not looked at where a custom filter runs', () => {
    const custom = { state: 'Ready', artifact: { ...artifact, readsSpec: false } } as const;
    const pods = [podOf('p0', { backend: 'Unanswered' })];
    const { status, message } = findingOfBackend(snapshotOf({ pods, artifact: custom }));
    assert.deepEqual(
      [status, message],
      ['Unknown', 'a custom filter runs, which has no backend of the operator'],
    );
  });

  it('is good where it answers all that have called it', () => {
    const { status, reason } = findingOf(undefined, 'Answered');
    assert.deepEqual([status, reason], ['True', 'BackendReachable']);
  });

  it('names the first pod with the worst trouble, and what to look at', () => {
    const { status, reason, message } = findingOf('Answered', 'Dropping', 'Unanswered', 'Failing');
    assert.deepEqual([status, reason], ['False', 'BackendUnreachable']);
    assert.match(message, /^pod p2: most lookups get no answer .* Sidecar resource/);
    assert.equal(findingOf('Unanswered', 'Unauthorized').reason, 'BackendUnauthorized');
    assert.equal(findingOf('Dropping').reason, 'RecordingsDropped');
    assert.equal(findingOf('Failing', 'Dropping').reason, 'BackendFailing');
  });
});
