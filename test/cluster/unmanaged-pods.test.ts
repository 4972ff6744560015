import assert from 'node:assert/strict';
import { kubectl } from '../../hack/cluster/kubectl.ts';
import { sharedCluster } from '../support/cluster.ts';
import { eventually } from '../support/eventually.ts';
import { patience, startWorld } from '../support/operator.ts';

describe('Pods that a selector matches and no workload manages', () => {
  it('are listed with a reason and what to do, until they are gone, and hold nothing up', async () => {
    const cluster = await sharedCluster();
    await using world = await startWorld(cluster);
    const labels = { app: 'checkout' };
    const containers = [{ name: 'app', image: 'app' }];
    await world.create('Pod', 'by-hand', { metadata: { labels }, spec: { containers } });
    await world.client.json({
      method: 'POST',
      path: `/apis/batch/v1/namespaces/${world.namespace}/jobs`,
      body: {
        metadata: { name: 'migrate' },
        spec: { template: { metadata: { labels }, spec: { containers, restartPolicy: 'Never' } } },
      },
    });
    await world.createDeployment('checkout');
    await world.createAgent('checkout');
    await world.condition('checkout', 'Ready', { status: 'True', reason: 'Healthy' });
    const skipped = async () =>
      ((await world.status('checkout')).workloads ?? []).flatMap(({ kind, name, skipped }) =>
        skipped === undefined ? [] : [`${kind}/${name} ${skipped.reason}: ${skipped.message}`],
      );
    const text = (kind: string, name: string) =>
      `${kind}/${name} NotManaged: ${kind} ${world.namespace}/${name}: no rolling update could bring its pods the filter; run them in a Deployment, or narrow spec.selector`;
    await eventually('both in the status', async () => (await skipped()).length === 2, patience);
    assert.deepEqual(await skipped(), [text('Job', 'migrate'), text('Pod', 'by-hand')]);

    await kubectl(cluster.kubeconfig, ['delete', 'job/migrate', 'pod/by-hand', '-n', world.namespace]);
    await eventually('neither in the status', async () => (await skipped()).length === 0, patience);
  });
});
