import assert from 'node:assert/strict';
import { sharedCluster } from '../support/cluster.ts';
import { injected, startWorld } from '../support/operator.ts';

const name = 'checkout-redaction-key';
const ready = { status: 'True', reason: 'Healthy' } as const;

describe('the key of redaction markers', () => {
  it('is created once as a Secret of the agent, reaches the proxy by its environment, and is shown nowhere', async () => {
    await using world = await startWorld(await sharedCluster());
    await world.createDeployment('checkout', 2, injected);
    await world.createAgent('checkout');
    await world.condition('checkout', 'Ready', ready);
    const secret = await world.get('Secret', name);
    const key = Buffer.from(String(secret['data'].key), 'base64').toString();
    assert.match(key, /^[0-9a-f]{64}$/);
    assert.equal(secret['immutable'], true);
    const { uid } = (await world.get('SpAgent', 'checkout')).metadata;
    assert.equal(secret.metadata.ownerReferences?.[0]?.uid, uid);
    const { containers } = (await world.get('Deployment', 'checkout')).spec.template.spec;
    const proxy = (containers as { name: string; env?: unknown }[]).find(
      ({ name }) => name === 'istio-proxy',
    );
    assert.deepEqual(proxy?.env, [
      { name: 'SP_REDACTION_KEY', valueFrom: { secretKeyRef: { name, key: 'key', optional: true } } },
    ]);
    const kinds = ['SpAgent', 'EnvoyFilter', 'SpAgentRevision', 'Event', 'ConfigMap', 'Deployment'] as const;
    const all = JSON.stringify(await Promise.all(kinds.map((kind) => world.list(kind))));
    assert.ok(all.includes('SP_REDACTION_KEY'));
    assert.ok(!all.includes(key) && !all.includes(Buffer.from(key).toString('base64')));
  });

  it('is not taken from a Secret of that name that somebody else made', async () => {
    await using world = await startWorld(await sharedCluster());
    await world.create('Secret', name, { stringData: { key: 'known' } });
    await world.createDeployment('checkout', 2, injected);
    await world.createAgent('checkout');
    const missing = { status: 'False', reason: 'RedactionKeyMissing' } as const;
    const { message } = await world.condition('checkout', 'ResourcesApplied', missing);
    assert.match(message, /kubectl delete secret -n \S+ checkout-redaction-key/);
  });

  it('is not made where markers are plain', async () => {
    await using world = await startWorld(await sharedCluster());
    await world.createDeployment('checkout', 2, injected);
    await world.createAgent('checkout', { capture: { redactMarker: 'Plain' } });
    await world.condition('checkout', 'Ready', ready);
    assert.deepEqual(await world.list('Secret'), []);
    const { spec } = (await world.get('Deployment', 'checkout')).spec.template;
    assert.ok(!JSON.stringify(spec).includes('istio-proxy'));
  });
});
