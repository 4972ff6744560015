import { podRevisionLabel, stepAnnotation } from '../../operator/api/names.ts';
import assert from 'node:assert/strict';
import type { Action } from '../../operator/api/actions.ts';
import { EventPoster } from '../../operator/cluster/events.ts';
import { applyAction } from '../../operator/controller/apply.ts';
import { Cache } from '../../operator/controller/cache.ts';
import { revisionName, revisionObject } from '../../operator/controller/revision-object.ts';
import { revisionId } from '../../operator/render/revision.ts';
import { agentOf, minimalSpec } from '../support/agent.ts';
import { clientOf } from '../support/kubeconfig.ts';
import { stepTo, revisionOf } from '../support/rollout.ts';
import { startScriptedServer, type Arrival } from '../support/scripted-server.ts';

const agent = agentOf(minimalSpec);
const sample = revisionOf('');
const revision = { ...sample, id: revisionId(sample.data) };
const create: Action = { kind: 'CreateRevision', revision, agentSpec: agent.spec };

/** What tests look at of a request's body. */
interface Body {
  readonly metadata: { readonly name: string; readonly uid?: string };
  readonly preconditions?: object;
}

interface Answer {
  readonly status: number;
  readonly object?: object;
}

/** Applies an action at an API server that answers as the script says. @returns its writes, and what the cache holds. */
async function applied(action: Action, script: (arrival: Arrival) => Answer) {
  await using server = await startScriptedServer((arrival, response) => {
    const { status, object = { kind: 'Status', code: status } } = script(arrival);
    response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(object));
  });
  await using client = await clientOf(server.port);
  const ignore = () => undefined;
  const options = { enqueue: ignore, revisionIgnored: ignore, watchFailed: ignore };
  const cache = new Cache(client, { namespaces: undefined, ...options });
  const events = new EventPoster(client, { instance: 'one', failed: ignore });
  await applyAction({ client, cache, events, checkConfiguration: () => Promise.resolve() }, agent, action);
  const writes = server.arrivals
    .filter(({ method }) => method !== 'GET')
    .map(({ method, body }) => ({ method, body: JSON.parse(body.toString()) as Body }));
  return { writes, revisions: [...cache.revisions.all()], pods: [...cache.pods.all()] };
}

const revisionOwnedBy = (uid: string) => {
  const object = revisionObject({ ...agent, uid }, revision, agent.spec);
  const metadata = { ...object.metadata, uid: 'uid-of-object', resourceVersion: '1' };
  return { ...object, metadata: { ...metadata, creationTimestamp: '2026-01-01T00:00:00Z' } };
};

/** An object with the revision's name is there until it is deleted. */
function withPresent(present: object) {
  let isThere = true;
  return ({ method }: Arrival): Answer => {
    if (method === 'GET') return { status: 200, object: present };
    if (method === 'DELETE') isThere = false;
    if (method === 'POST' && isThere) return { status: 409 };
    return { status: 201, object: revisionOwnedBy(agent.uid) };
  };
}

describe('the creation of a revision', () => {
  it('finds one that a run created whose answer was lost', async () => {
    const { writes, revisions } = await applied(create, withPresent(revisionOwnedBy(agent.uid)));
    assert.deepEqual(
      writes.map(({ method }) => method),
      ['POST'],
    );
    assert.deepEqual([revisions.length, revisions[0]?.revision?.id], [1, revision.id]);
  });

  const foreign: Record<string, object> = {
    'another owner': revisionOwnedBy('somebody-else'),
    'other data': { ...revisionOwnedBy(agent.uid), spec: { number: 1, data: {} } },
  };
  for (const [what, present] of Object.entries(foreign)) {
    it(`replaces an object with ${what} in its place, that very object alone`, async () => {
      const { writes, revisions } = await applied(create, withPresent(present));
      assert.deepEqual(
        writes.map(({ method }) => method),
        ['POST', 'DELETE', 'POST'],
      );
      assert.deepEqual(writes[1]?.body.preconditions, { uid: 'uid-of-object' });
      assert.equal(revisions[0]?.ownerUid, agent.uid);
    });
  }

  it('fails where the API server refuses it', async () => {
    await assert.rejects(applied(create, () => ({ status: 403 })));
  });

  it('gives the object a name of agent and revision', async () => {
    const { writes } = await applied(create, () => ({ status: 201, object: revisionOwnedBy(agent.uid) }));
    assert.equal(writes[0]?.body.metadata.name, revisionName(agent, revision.id));
  });
});

describe('the update of a workload', () => {
  it('names the uid, so that one of the same name that came later is left alone', async () => {
    const workload = { kind: 'Deployment', name: 'cart', uid: 'uid-cart' } as const;
    const step = stepTo(revision.id, 0);
    const metadata = { name: 'cart', namespace: 'shop', uid: 'uid-cart', resourceVersion: '2' };
    const { writes } = await applied(
      { kind: 'SetWorkloadRevision', workload, step, publicKey: undefined, hasRedactionKey: false },
      () => ({ status: 200, object: { metadata, spec: { template: { metadata: {} } } } }),
    );
    assert.equal(writes[0]?.body.metadata.uid, 'uid-cart');
  });
});

describe('the adoption of edited fields', () => {
  const label = `f:${podRevisionLabel(agent.name)}`;
  const step = `f:${stepAnnotation(agent.name)}`;
  const labelSet = { 'f:spec': { 'f:template': { 'f:metadata': { 'f:labels': { [label]: {} } } } } };
  const containers = { 'f:spec': { 'f:template': { 'f:spec': { 'f:containers': {} } } } };
  const edit = (manager: string, fieldsV1: object) => ({ manager, operation: 'Update', fieldsV1 });
  const workloadWith = (managedFields: readonly object[], revisionLabel = revision.id) => ({
    metadata: {
      ...{ name: 'cart', namespace: 'shop', uid: 'uid-cart', resourceVersion: '7' },
      managedFields,
    },
    spec: { template: { metadata: { labels: { [podRevisionLabel(agent.name)]: revisionLabel } } } },
  });
  const adopt: Action = {
    kind: 'AdoptEdits',
    workload: { kind: 'Deployment', name: 'cart', uid: 'uid-cart' },
    fields: ['RevisionLabel', 'StepAnnotation'],
    revision: revision.id,
  };
  const written = async (object: object, action: Action = adopt) => {
    const { writes } = await applied(action, () => ({ status: 200, object }));
    return writes.map(({ body }) => body as unknown);
  };
  const look = { metadata: { uid: 'uid-cart' } };
  const replaced = (value: readonly object[]) => [
    look,
    [
      { op: 'test', path: '/metadata/resourceVersion', value: '7' },
      { op: 'replace', path: '/metadata/managedFields', value },
    ],
  ];

  it('moves them from what edits own to what the operator applies, and leaves the rest of both and what others apply', async () => {
    const ours = {
      manager: 'sp-agent',
      operation: 'Apply',
      fieldsV1: { 'f:metadata': { 'f:annotations': {} } },
    };
    const edited = edit('kubectl-edit', {
      ...{ 'f:metadata': { 'f:annotations': { [step]: {}, 'f:team': {} } } },
      'f:spec': {
        'f:template': { ...labelSet['f:spec']['f:template'], ...containers['f:spec']['f:template'] },
      },
    });
    const patched = edit('kubectl-patch', labelSet);
    const applies = { manager: 'argocd', operation: 'Apply', fieldsV1: labelSet };
    assert.deepEqual(
      await written(workloadWith([edited, applies, ours, patched])),
      replaced([
        { ...ours, fieldsV1: { ...labelSet, 'f:metadata': { 'f:annotations': { [step]: {} } } } },
        edit('kubectl-edit', { 'f:metadata': { 'f:annotations': { 'f:team': {} } }, ...containers }),
        applies,
      ]),
    );
  });

  it('makes them ours also where the operator owns nothing of the workload any more', async () => {
    const time = '2026-01-01T00:00:00Z';
    const patched = {
      ...edit('kubectl-patch', labelSet),
      apiVersion: 'apps/v1',
      fieldsType: 'FieldsV1',
      time,
    };
    assert.deepEqual(
      await written(workloadWith([patched])),
      replaced([{ ...patched, manager: 'sp-agent', operation: 'Apply' }]),
    );
  });

  it('takes the keys of the proxies and nothing else of their container', async () => {
    const key = 'k:{"name":"SP_PUBLIC_KEY"}';
    const inProxy = (fields: object) => ({
      'f:spec': { 'f:template': { 'f:spec': { 'f:containers': { 'k:{"name":"istio-proxy"}': fields } } } },
    });
    const undone = edit('kubectl-rollout', inProxy({ 'f:image': {}, 'f:env': { [key]: { 'f:name': {} } } }));
    const keys: Action = { ...adopt, fields: ['ProxyKeys'], revision: undefined };
    assert.deepEqual(
      await written(workloadWith([undone], 'bbbbbbbbbbbb'), keys),
      replaced([
        {
          ...undone,
          manager: 'sp-agent',
          operation: 'Apply',
          fieldsV1: inProxy({ 'f:env': { [key]: { 'f:name': {} } } }),
        },
        edit('kubectl-rollout', inProxy({ 'f:image': {} })),
      ]),
    );
  });

  it('does not take place where the label names another revision by now, or no edit owns them any more', async () => {
    const edits = [edit('kubectl-patch', labelSet)];
    assert.deepEqual(await written(workloadWith(edits, 'bbbbbbbbbbbb')), [look]);
    assert.deepEqual(await written(workloadWith([])), [look]);
  });

  it('is left to the next run where the workload is gone or has changed, and fails where it is forbidden', async () => {
    for (const status of [404, 409, 422]) await applied(adopt, () => ({ status }));
    await assert.rejects(applied(adopt, () => ({ status: 403 })));
  });
});

describe('the labels of pods', () => {
  const action: Action = {
    kind: 'LabelPods',
    pods: ['cart-0', 'cart-1'].map((name) => ({ name, uid: `uid-${name}` })),
    revision: revision.id,
  };
  const podOf = (name: string) => ({
    metadata: { name, namespace: 'shop', uid: name, resourceVersion: '2' },
  });

  it('are set on the pods that were decided about, by their uids', async () => {
    const { writes, pods } = await applied(action, () => ({ status: 200, object: podOf('cart-0') }));
    assert.deepEqual(
      writes.map(({ body }) => body.metadata.uid),
      ['uid-cart-0', 'uid-cart-1'],
    );
    assert.equal(pods.length, 1);
  });

  for (const status of [404, 409]) {
    it(`are set on the others where one is gone or was replaced: ${status}`, async () => {
      const { pods } = await applied(action, ({ path }) =>
        path.includes('cart-0') ? { status } : { status: 200, object: podOf('cart-1') },
      );
      assert.deepEqual(
        pods.map(({ name }) => name),
        ['cart-1'],
      );
    });
  }

  it('report another failure, after all were tried', async () => {
    const paths: string[] = [];
    const script = ({ path }: Arrival): Answer => {
      paths.push(path);
      return path.includes('cart-0') ? { status: 403 } : { status: 200, object: podOf('cart-1') };
    };
    await assert.rejects(applied(action, script));
    assert.equal(paths.length, 2);
  });
});
