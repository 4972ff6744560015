import assert from 'node:assert/strict';
import { sharedCluster } from '../../support/cluster.ts';
import { eventually } from '../../support/eventually.ts';
import { patience, startWorld } from '../../support/operator.ts';

const ready = { status: 'True', reason: 'Healthy' } as const;

describe('a forged revision, on a real API server', () => {
  it('is ignored, whatever it says of itself, and replaced where it has the place of a good one', async () => {
    await using world = await startWorld(await sharedCluster());
    await world.createDeployment('checkout');
    await world.createAgent('checkout');
    await world.condition('checkout', 'Ready', ready);
    const { targetRevision } = await world.status('checkout');
    const good = await world.get('SpAgentRevision', `checkout-${targetRevision}`);
    const { labels, ownerReferences } = good.metadata;
    const data = { ...good.spec.data, backend: { ...good.spec.data.backend, host: 'stranger.example' } };
    await world.create('SpAgentRevision', 'checkout-000000000000', {
      apiVersion: good.apiVersion,
      kind: good.kind,
      metadata: { labels: { ...labels, 'softprobe.ai/revision': '000000000000' }, ownerReferences },
      spec: { number: 2, data },
    });
    // The forger continues: it changes the good one.
    await world.patch('SpAgentRevision', good.metadata.name, { spec: { data } });
    await world.patch('SpAgent', 'checkout', { spec: { revisionHistoryLimit: 4 } });
    await eventually(
      'the good one again',
      async () =>
        (await world.get('SpAgentRevision', good.metadata.name)).spec.data.backend.host ===
        good.spec.data.backend.host,
      patience,
    );
    await world.condition('checkout', 'Ready', ready);
    const kinds = ['EnvoyFilter', 'ServiceEntry', 'DestinationRule', 'WasmPlugin'] as const;
    const applied = JSON.stringify(await Promise.all(kinds.map((kind) => world.list(kind))));
    assert.ok(!applied.includes('stranger.example'), 'nothing of it is applied');
    assert.equal((await world.status('checkout')).targetRevision, targetRevision);
  });
});
