import assert from 'node:assert/strict';
import { AgentError } from '../../operator/api/errors.ts';
import { createClient, type ClusterClient } from '../../operator/cluster/client.ts';
import { objectPath } from '../../operator/cluster/kinds.ts';
import { applyObject, deleteObject } from '../../operator/cluster/server-side-apply.ts';
import { createNamespace, sharedCluster } from '../support/cluster.ts';
import { objectsOf } from '../support/operator.ts';

const type = { apiVersion: 'extensions.istio.io/v1alpha1', kind: 'WasmPlugin' };

describe('server-side apply', () => {
  let resources: AsyncDisposableStack;
  let client: ClusterClient;
  let namespace: string;
  before(async () => {
    await using started = new AsyncDisposableStack();
    const cluster = await sharedCluster();
    client = started.use(createClient(cluster.kubeconfig));
    namespace = started.use(await createNamespace(cluster)).name;
    resources = started.move();
  });
  after(() => resources[Symbol.asyncDispose]());

  const plugin = (name: string, priority?: number) => ({
    ...type,
    metadata: { name, namespace },
    spec: { url: 'https://example.com/a.wasm', ...(priority === undefined ? {} : { priority }) },
  });
  const get = (name: string) => objectsOf(client, namespace).get('WasmPlugin', name);
  const fails = (name: string) => (error: unknown) => {
    assert.ok(error instanceof AgentError);
    assert.equal(error.reason, 'FieldConflict');
    assert.equal(
      error.message,
      `WasmPlugin ${namespace}/${name}: spec.priority is managed by "editor"; remove it there`,
    );
    return true;
  };
  const asEditor = async (name: string, contentType: string, isForced = false) => {
    await client.request({
      method: 'PATCH',
      path: objectPath({ kind: 'WasmPlugin', namespace, name }),
      query: { fieldManager: 'editor', ...(isForced ? { force: 'true' } : {}) },
      body: { ...type, metadata: { name }, spec: { priority: 9 } },
      contentType,
    });
  };

  it('takes back what it no longer says, and nothing of others', async () => {
    await applyObject(client, plugin('own', 1));
    await client.request({
      method: 'PATCH',
      path: objectPath({ kind: 'WasmPlugin', namespace, name: 'own' }),
      query: { fieldManager: 'editor' },
      body: { spec: { phase: 'AUTHN' } },
      contentType: 'application/merge-patch+json',
    });
    await applyObject(client, plugin('own'));
    const { spec } = await get('own');
    assert.deepEqual(spec, { url: 'https://example.com/a.wasm', phase: 'AUTHN' });
  });

  it('names object, field and manager of a conflict, and forces nothing', async () => {
    await applyObject(client, plugin('edited', 1));
    await asEditor('edited', 'application/merge-patch+json');
    await assert.rejects(applyObject(client, plugin('edited', 1)), fails('edited'));
    assert.equal((await get('edited')).spec.priority, 9);
  });

  it('sets an edit back where the object is ours alone, but not what another manager applies', async () => {
    await applyObject(client, plugin('ours', 1));
    await asEditor('ours', 'application/merge-patch+json');
    await applyObject(client, plugin('ours', 1), { overridesEdits: true });
    assert.equal((await get('ours')).spec.priority, 1);
    await asEditor('ours', 'application/apply-patch+yaml', true);
    await assert.rejects(applyObject(client, plugin('ours', 1), { overridesEdits: true }), fails('ours'));
    assert.equal((await get('ours')).spec.priority, 9);
  });

  it('does not create an object again that was deleted', async () => {
    const { metadata } = await applyObject(client, plugin('gone', 1));
    await deleteObject(client, { kind: 'WasmPlugin', namespace, name: 'gone' });
    const again = { ...plugin('gone', 1), metadata: { name: 'gone', namespace, uid: metadata.uid } };
    await assert.rejects(applyObject(client, again), AgentError);
    await assert.rejects(get('gone'), { code: 404 });
  });

  it('deletes what is there, only if it is the one that was meant', async () => {
    const key = { kind: 'WasmPlugin', namespace, name: 'meant' } as const;
    await applyObject(client, plugin('meant'));
    await assert.rejects(deleteObject(client, key, { uid: 'another' }), { code: 409 });
    await deleteObject(client, key);
    await deleteObject(client, key);
    await assert.rejects(get('meant'), { code: 404 });
  });
});
