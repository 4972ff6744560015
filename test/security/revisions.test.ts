import assert from 'node:assert/strict';
import type { RevisionData } from '../../operator/api/revision.ts';
import type { KubernetesObject } from '../../operator/cluster/kubernetes-object.ts';
import { readRevision, revisionObject } from '../../operator/controller/revision-object.ts';
import { wantedRevision } from '../../operator/render/revision.ts';
import { agentOf, artifact, minimalSpec, policy, redactionKey, wholeMesh } from '../support/agent.ts';
import { revisionOf } from '../support/rollout.ts';

const agent = agentOf(minimalSpec);
const publicKey = { state: 'NotWanted' } as const;
const outcome = wantedRevision({ agent, artifact, mesh: wholeMesh, publicKey, redactionKey, policy });
assert.ok('data' in outcome);
const { id, data } = outcome;

/** The object of a revision as the API server gives it, with another part. */
function objectWith(forged: Record<string, unknown>): KubernetesObject {
  const object = revisionObject(agent, revisionOf(id, { number: 3, data }), agent.spec);
  const metadata = { uid: 'u', resourceVersion: '1', creationTimestamp: '2026-01-01T00:00:00Z' };
  return JSON.parse(
    JSON.stringify({ ...object, metadata: { ...object.metadata, ...metadata }, ...forged }),
  ) as KubernetesObject;
}

describe('a revision in the cluster', () => {
  it('is read back as it was written', () => {
    const read = readRevision(objectWith({}));
    assert.deepEqual([read.id, read.number], [id, 3]);
    assert.deepEqual(JSON.parse(JSON.stringify(read.data)), JSON.parse(JSON.stringify(data)));
  });

  const forgeries: Record<string, Partial<Record<keyof RevisionData, unknown>>> = {
    'the backend of a stranger': { backend: { ...data.backend, host: 'stranger.example' } },
    'another module': { digest: 'f'.repeat(64) },
    'the pods of another workload': { matchLabels: { app: 'payments' } },
    'another configuration': { pluginConfig: { ...data.pluginConfig, agent: 'other/agent' } },
  };
  for (const [what, forged] of Object.entries(forgeries)) {
    it(`is not believed with ${what} under the name of a good one`, () => {
      const spec = { number: 3, data: { ...data, ...forged } };
      assert.throws(
        () => readRevision(objectWith({ spec })),
        /its data give the name checkout-[0-9a-f]{12}$/,
      );
    });
  }

  it('is refused with data that no operator writes, instead of being rendered', () => {
    for (const forged of [
      { ...data, sides: [] },
      { ...data, backend: { ...data.backend, port: 0 } },
      { ...data, more: 'fields' },
      { ...data, matchLabels: { app: 7 } },
      'text',
      null,
    ]) {
      assert.throws(() => readRevision(objectWith({ spec: { number: 1, data: forged } })));
    }
    assert.throws(() => readRevision(objectWith({ spec: undefined })));
  });

  it('loses a status that cannot be read, and nothing else', () => {
    const read = readRevision(objectWith({ status: { failure: 'no object' } }));
    assert.deepEqual([read.id, read.failure, read.stableSince], [id, undefined, undefined]);
  });
});
