import assert from 'node:assert/strict';
import { apiPath, objectPath } from '../../operator/cluster/kinds.ts';
import { sharedCluster } from '../support/cluster.ts';
import { eventually } from '../support/eventually.ts';
import { patience, startWorld, type World } from '../support/operator.ts';

const ready = { status: 'True', reason: 'Healthy' } as const;

/** Applies to the agent's plug-in as another manager would. */
async function applyAsOther(world: World, name: string, spec: object): Promise<void> {
  await world.client.request({
    method: 'PATCH',
    path: objectPath({ kind: 'WasmPlugin', namespace: world.namespace, name }),
    query: { fieldManager: 'argocd', force: 'true' },
    body: { apiVersion: 'extensions.istio.io/v1alpha1', kind: 'WasmPlugin', metadata: { name }, spec },
    contentType: 'application/apply-patch+yaml',
  });
}

describe('operator: drift', () => {
  let world: World;
  let plugin: string;
  before(async () => {
    world = await startWorld(await sharedCluster());
    await world.createDeployment('checkout');
    await world.createAgent('checkout', { delivery: { api: 'WasmPlugin', priority: 7 } });
    await world.condition('checkout', 'Ready', ready);
    plugin = `checkout-${(await world.status('checkout')).targetRevision}`;
  });
  after(() => world[Symbol.asyncDispose]());

  it('puts a deleted plug-in back', async () => {
    const { metadata } = await world.get('WasmPlugin', plugin);
    await world.remove('WasmPlugin', plugin);
    await eventually('another one', async () => {
      return (await world.get('WasmPlugin', plugin)).metadata.uid !== metadata.uid;
    });
  });

  it('puts a deleted backend back', async () => {
    const [entry] = await world.list('ServiceEntry');
    await world.remove('ServiceEntry', entry!.metadata.name);
    await eventually('another one', async () => (await world.list('ServiceEntry')).length === 1);
  });

  it('sets an edited field back', async () => {
    await world.patch('WasmPlugin', plugin, { spec: { priority: 99 } });
    await eventually('priority 7', async () => (await world.get('WasmPlugin', plugin)).spec.priority === 7);
  });

  it('takes out a field that somebody added', async () => {
    await world.patch('WasmPlugin', plugin, { spec: { phase: 'AUTHN' } });
    await eventually('no phase', async () => !('phase' in (await world.get('WasmPlugin', plugin)).spec));
    await world.condition('checkout', 'Ready', ready);
  });

  it('reports a field that another manager adds, and recovers', async () => {
    await applyAsOther(world, plugin, { phase: 'AUTHN' });
    const conflict = { status: 'False', reason: 'FieldConflict' } as const;
    const { message } = await world.condition('checkout', 'Ready', conflict);
    assert.equal(
      message,
      `WasmPlugin ${world.namespace}/${plugin}: "argocd" adds fields to spec; remove them there`,
    );
    await applyAsOther(world, plugin, {});
    await world.condition('checkout', 'Ready', ready);
  });

  it('reports a field that another manager applies, does not force it, and recovers', async () => {
    await applyAsOther(world, plugin, { priority: 42 });
    const conflict = { status: 'False', reason: 'FieldConflict' } as const;
    const { message } = await world.condition('checkout', 'Ready', conflict);
    assert.equal(
      message,
      `WasmPlugin ${world.namespace}/${plugin}: spec.priority is managed by "argocd"; remove it there`,
    );
    assert.equal((await world.get('WasmPlugin', plugin)).spec.priority, 42);
    await applyAsOther(world, plugin, {});
    await world.condition('checkout', 'Ready', ready);
    await eventually(
      'priority 7',
      async () => (await world.get('WasmPlugin', plugin)).spec.priority === 7,
      patience,
    );
  });
});

describe('operator: deletion', () => {
  it('takes plug-ins and all else away, and restarts nothing', async () => {
    await using world = await startWorld(await sharedCluster());
    await world.createDeployment('checkout');
    await world.createAgent('checkout');
    await world.condition('checkout', 'Ready', ready);
    const before = await world.get('Deployment', 'checkout');
    const pods = (await world.list('Pod')).map(({ metadata }) => metadata.uid).sort();
    await world.remove('SpAgent', 'checkout');
    await eventually('no agent', async () => (await world.list('SpAgent')).length === 0, patience);
    for (const kind of ['EnvoyFilter', 'ServiceEntry', 'DestinationRule', 'SpAgentRevision'] as const) {
      assert.deepEqual(await world.list(kind), [], kind);
    }
    const after = await world.get('Deployment', 'checkout');
    assert.equal(after.metadata.generation, before.metadata.generation);
    assert.deepEqual((await world.list('Pod')).map(({ metadata }) => metadata.uid).sort(), pods);
  });

  it('lets an agent go with its namespace, which takes no events any more', async () => {
    await using world = await startWorld(await sharedCluster());
    await world.createDeployment('checkout');
    await world.createAgent('checkout');
    await world.condition('checkout', 'Ready', ready);
    await world.client.request({
      method: 'DELETE',
      path: apiPath('api', 'v1', 'namespaces', world.namespace),
    });
    await eventually('no agent', async () => (await world.list('SpAgent')).length === 0, patience);
  });

  it('leaves finalizers of others alone', async () => {
    await using world = await startWorld(await sharedCluster());
    await world.createAgent('checkout');
    await world.condition('checkout', 'Ready', { reason: 'NoPodsSelected' });
    const finalizers = ['softprobe.ai/cleanup', 'example.com/other'];
    await world.patch('SpAgent', 'checkout', { metadata: { finalizers } });
    await world.remove('SpAgent', 'checkout');
    await eventually(
      'the other finalizer alone',
      async () =>
        (await world.get('SpAgent', 'checkout')).metadata.finalizers?.join() === 'example.com/other',
      patience,
    );
    await world.patch('SpAgent', 'checkout', { metadata: { finalizers: null } });
  });
});
