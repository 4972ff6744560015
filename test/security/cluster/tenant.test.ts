import assert from 'node:assert/strict';
import { hash } from 'node:crypto';
import { podRevisionLabel } from '../../../operator/api/names.ts';
import { policy } from '../../support/agent.ts';
import { sharedCluster } from '../../support/cluster.ts';
import { backendKey, startWorld } from '../../support/operator.ts';
import { startScriptedServer } from '../../support/scripted-server.ts';

const ready = { status: 'True', reason: 'Healthy' } as const;

describe('a tenant who may create SpAgents, on a real API server', () => {
  it('gets no Secret that is not marked sent to a backend', async () => {
    await using world = await startWorld(await sharedCluster());
    await world.create('Secret', 'database', { stringData: { publicKey: 'tenant-db-pw' } });
    await world.createDeployment('checkout');
    const backend = { url: 'https://stranger.example', publicKeySecret: { name: 'database' } };
    await world.createAgent('checkout', { backend });
    await world.condition('checkout', 'Ready', { status: 'False', reason: 'SecretRefused' });
    const { template } = (await world.get('Deployment', 'checkout')).spec;
    assert.ok(!JSON.stringify(template).includes('database'), 'no pod mounts it');
    const kinds = ['SpAgent', 'SpAgentRevision', 'Event', 'EnvoyFilter', 'ServiceEntry'] as const;
    const seen = JSON.stringify(await Promise.all(kinds.map((kind) => world.list(kind))));
    assert.ok(!seen.includes(hash('sha256', 'tenant-db-pw')));
    assert.ok(!seen.includes('stranger.example/'), 'nothing is sent there');
  });

  it('has no module of its own fetched or built where the administrator denies custom filters', async () => {
    await using modules = await startScriptedServer((_arrival, response) => void response.end());
    await using world = await startWorld(await sharedCluster(), {
      policy: { ...policy, customFilters: 'Deny' },
    });
    const url = `http://127.0.0.1:${modules.port}/filter.wasm`;
    await world.createAgent('fetched', { filter: { url, digest: 'a'.repeat(64) } });
    await world.createAgent('built', { filter: { build: { configMap: { name: 'source' } } } });
    for (const name of ['fetched', 'built']) {
      const refused = { status: 'False', reason: 'CustomFilterRefused' } as const;
      await world.condition(name, 'FilterReady', refused);
    }
    assert.deepEqual(modules.arrivals, []);
  });

  it('changes nothing in a namespace that the administrator excludes', async () => {
    const excludedNamespaces: string[] = [];
    await using world = await startWorld(await sharedCluster(), {
      policy: { ...policy, excludedNamespaces },
    });
    excludedNamespaces.push(world.namespace);
    const before = await world.createDeployment('checkout');
    await world.createAgent('checkout');
    const { message } = await world.condition('checkout', 'Ready', {
      status: 'False',
      reason: 'NamespaceExcluded',
    });
    assert.match(message, /the operator excludes this namespace/);
    const after = await world.get('Deployment', 'checkout');
    assert.equal(after.metadata.generation, before.metadata.generation);
    assert.deepEqual(await world.list('EnvoyFilter'), []);
    assert.equal((await world.get('SpAgent', 'checkout')).metadata.finalizers, undefined);
  });

  it('keeps its pods startable with a key where Istio injects no sidecar', async () => {
    await using world = await startWorld(await sharedCluster());
    await world.create('Secret', 'key', { ...backendKey, stringData: { publicKey: 'k' } });
    await world.createDeployment('checkout');
    await world.createAgent('checkout', { backend: { publicKeySecret: { name: 'key' } } });
    await world.condition('checkout', 'Ready', ready);
    const { metadata, spec } = (await world.get('Deployment', 'checkout')).spec.template;
    assert.ok(podRevisionLabel('checkout') in metadata.labels);
    assert.deepEqual(
      (spec.containers as { name: string }[]).map(({ name }) => name),
      ['app'],
    );
  });
});
