import assert from 'node:assert/strict';
import { kubectl } from '../../hack/cluster/kubectl.ts';
import { eventually } from '../support/eventually.ts';
import { operatorInstalled } from './support/operator.ts';
import { assertNotReplayed, assertReplayed, freshRequest, send } from './support/replay.ts';
import { describeOnMesh, sharedMesh } from './support/shared-mesh.ts';
import {
  applyAgent,
  assertTrafficUnharmed,
  awaitReady,
  checkout,
  deleteAgent,
  podRevisions,
  shop,
  shopOpen,
} from './support/shop.ts';
import { applyObjects, podsOf } from './support/workload.ts';

const deliveries = {
  EnvoyFilter: 'envoyfilters.networking.istio.io',
  WasmPlugin: 'wasmplugins.extensions.istio.io',
  TrafficExtension: 'trafficextensions.extensions.istio.io',
};

async function resourcesOf(kind: string): Promise<string[]> {
  const { mesh } = await sharedMesh();
  const output = await kubectl(mesh.kubeconfig, ['get', kind, '-n', shop, '-o', 'name']);
  return output.split('\n').filter((line) => line.includes('/'));
}

describeOnMesh('the filter in the sidecars', () => {
  before(async () => {
    await Promise.all([operatorInstalled(), shopOpen()]);
  });
  afterEach(assertTrafficUnharmed);
  after(deleteAgent);

  it('runs in every pod, each verified, after a spec of three fields', async () => {
    await applyAgent();
    const { targetRevision, stableRevision } = await awaitReady();
    assert.equal(stableRevision, targetRevision);
    assert.deepEqual(await podRevisions(), new Set([targetRevision]));
  });

  for (const side of ['inbound', 'outbound'] as const) {
    for (const method of ['GET', 'POST'] as const) {
      it(`records and replays ${side} ${method}`, () => assertReplayed(side, method));
    }
  }

  it('takes another body for another request', async () => {
    const request = freshRequest('inbound', 'POST');
    const first = await send('inbound', request);
    const other = await send('inbound', { ...request, body: 'pears' });
    assert.notEqual(other.body, first.body);
    assert.equal((JSON.parse(other.body) as { body: string }).body, 'pears');
  });

  for (const api of Object.keys(deliveries)) {
    it(`is in the way of the ports of spec.match alone when carried by ${api}`, async () => {
      const { mesh } = await sharedMesh();
      const ports = [{ name: 'http', port: 8081, targetPort: 8080 }];
      await applyObjects(mesh.kubeconfig, [
        {
          apiVersion: 'v1',
          kind: 'Service',
          metadata: { namespace: shop, name: 'inventory-other' },
          spec: { selector: { app: 'inventory' }, ports },
        },
      ]);
      await applyAgent({ direction: 'Outbound', match: { ports: [8080] }, delivery: { api } });
      await awaitReady();
      await assertReplayed('outbound', 'GET');
      const request = freshRequest('outbound', 'GET');
      const url = request.url.replace('inventory:8080', 'inventory-other:8081');
      await assertNotReplayed('outbound', { ...request, url });
    });
  }

  for (const [api, kind] of Object.entries(deliveries)) {
    it(`replays when carried by ${api}`, async () => {
      await applyAgent({ delivery: { api } });
      const { targetRevision } = await awaitReady();
      const names = await resourcesOf(kind);
      assert.ok(
        names.some((name) => name.includes(`${checkout.name}-${targetRevision}`)),
        names.join(),
      );
      await assertReplayed('inbound', 'GET');
      await assertReplayed('outbound', 'GET');
    });
  }

  it('is gone from the sidecars when the agent is deleted, and nothing restarts', async () => {
    const { client } = await sharedMesh();
    const recorded = await assertReplayed('inbound', 'GET');
    const names = async () => (await podsOf(client, checkout)).map(({ metadata }) => metadata.name).sort();
    const before = await names();
    await deleteAgent();
    // istiod updates the proxies in its own time.
    await eventually("the application's own answers to what was recorded", async () => {
      await assertNotReplayed('inbound', recorded);
      return true;
    });
    for (const kind of Object.values(deliveries)) assert.deepEqual(await resourcesOf(kind), []);
    assert.deepEqual(await names(), before);
  });
});
