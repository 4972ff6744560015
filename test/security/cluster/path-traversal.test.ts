import assert from 'node:assert/strict';
import { hash } from 'node:crypto';
import { createNamespace, sharedCluster, type TestNamespace } from '../../support/cluster.ts';
import { hostileNames } from '../../support/hostile-names.ts';
import { objectsOf, startWorld, type World } from '../../support/operator.ts';

const secretText = 'password-of-the-victim';

describe("a tenant's names, on a real API server", () => {
  let world: World;
  let victim: TestNamespace;
  before(async () => {
    const cluster = await sharedCluster();
    world = await startWorld(cluster);
    victim = await createNamespace(cluster);
    const { create } = objectsOf(world.client, victim.name);
    await create('Secret', 'bootstrap', { stringData: { publicKey: secretText } });
    await create('ConfigMap', 'x', { data: { 'index.ts': `not ${secretText}` } });
    await world.createDeployment('checkout');
    await world.createAgent('checkout');
    await world.condition('checkout', 'Ready', { status: 'True' });
  });
  after(async () => {
    await victim[Symbol.asyncDispose]();
    await world[Symbol.asyncDispose]();
  });

  /** Everything in the tenant's namespace that could show what the operator read. */
  async function visible(): Promise<string> {
    const kinds = ['SpAgent', 'SpAgentRevision', 'Event', 'EnvoyFilter', 'ConfigMap', 'Deployment'] as const;
    return JSON.stringify(await Promise.all(kinds.map((kind) => world.list(kind))));
  }

  const names = () => [
    ...Object.values(hostileNames),
    `../../${victim.name}/secrets/bootstrap`,
    `../../${victim.name}/configmaps/x`,
  ];

  it("are refused as a Secret's, so that no digest of another namespace's Secret shows", async () => {
    for (const name of names()) {
      const patched = world.patch('SpAgent', 'checkout', {
        spec: { backend: { publicKeySecret: { name } } },
      });
      await assert.rejects(patched, /spec\.backend\.publicKeySecret\.name: Invalid value/, name);
    }
    const digest = hash('sha256', secretText);
    const seen = await visible();
    assert.ok(!seen.includes(digest) && !seen.includes(secretText));
  });

  it("are refused as a ConfigMap's, so that no compiler shows another namespace's text", async () => {
    for (const name of names()) {
      const patched = world.patch('SpAgent', 'checkout', {
        spec: { filter: { url: null, digest: null, build: { configMap: { name } } } },
      });
      await assert.rejects(patched, /spec\.filter\.build\.configMap\.name: Invalid value/, name);
    }
    assert.ok(!(await visible()).includes(secretText));
  });

  it('lead nowhere even in a request of an administrator', async () => {
    const path = `/api/v1/namespaces/${world.namespace}/secrets/../../${victim.name}/secrets/bootstrap`;
    await assert.rejects(world.client.json({ path }), /is not a path of the Kubernetes API/);
  });
});
