import assert from 'node:assert/strict';
import { hasDrifted } from '../../operator/decide/drift.ts';
import { trimIstioObject } from '../../operator/controller/items.ts';
import { desiredResources } from '../../operator/render/desired.ts';
import { wantedRevision } from '../../operator/render/revision.ts';
import type { Resource } from '../../operator/api/resource.ts';
import {
  agentOf,
  artifact,
  minimalSpec,
  moduleBaseUrl,
  policy,
  redactionKey,
  wholeMesh,
} from '../support/agent.ts';

const agent = agentOf(minimalSpec);
const wanted = wantedRevision({
  agent,
  artifact,
  mesh: wholeMesh,
  publicKey: { state: 'NotWanted' },
  policy,
  redactionKey,
});
assert.ok('id' in wanted);
const resources = desiredResources(agent, [wanted], moduleBaseUrl);

// oxlint-disable-next-line typescript/no-explicit-any -- any part of any kind is changed
type Loose = Record<string, any>;

/** As the API server gives it back, with a change. */
function actual(resource: Resource, change: (object: Loose) => void = () => undefined) {
  const object = JSON.parse(JSON.stringify(resource)) as Loose;
  Object.assign(object['metadata'] as object, { uid: 'u', resourceVersion: '1', creationTimestamp: '2026' });
  change(object);
  return trimIstioObject(resource.kind, object as never);
}

describe('drift', () => {
  it('is none where the cluster has what is wanted', () => {
    for (const resource of resources) assert.equal(hasDrifted(resource, actual(resource)), false);
  });

  it('is found where somebody took all owners away', () => {
    for (const resource of resources) {
      const bare = actual(resource, ({ metadata }) => delete metadata.ownerReferences);
      assert.equal(hasDrifted(resource, bare), true);
    }
  });

  it('is none for labels and owners that others add', () => {
    for (const resource of resources) {
      const other = actual(resource, ({ metadata }) => {
        metadata.labels.team = 'shop';
        metadata.ownerReferences.push({ kind: 'Other' });
      });
      assert.equal(hasDrifted(resource, other), false);
    }
  });

  const changes: Record<string, (object: Loose) => void> = {
    'a field is added': ({ spec }) => {
      spec.added = 1;
    },
    'a field is gone': ({ spec }) => {
      Reflect.deleteProperty(spec as object, Object.keys(spec as object)[0]!);
    },
    'our label is changed': ({ metadata }) => {
      metadata.labels['app.kubernetes.io/managed-by'] = 'somebody';
    },
    'our owner reference is gone': ({ metadata }) => {
      metadata.ownerReferences = [];
    },
  };
  for (const [what, change] of Object.entries(changes)) {
    it(`is there where ${what}`, () => {
      for (const resource of resources) assert.ok(hasDrifted(resource, actual(resource, change)));
    });
  }

  it('is there where the resource is not', () => {
    assert.ok(hasDrifted(resources[0]!, undefined));
  });
});
