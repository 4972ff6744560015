import assert from 'node:assert/strict';
import { refetchedAtLabel } from '../../operator/api/names.ts';
import { createClient } from '../../operator/cluster/client.ts';
import { EventPoster } from '../../operator/cluster/events.ts';
import { applyAction } from '../../operator/controller/apply.ts';
import { Cache } from '../../operator/controller/cache.ts';
import { createNamespace, sharedCluster } from '../support/cluster.ts';
import { objectsOf } from '../support/operator.ts';

describe('a module to be fetched again', () => {
  it('changes a label of the pod alone, and does not mind one that is gone', async () => {
    const cluster = await sharedCluster();
    await using stack = new AsyncDisposableStack();
    const { name: namespace } = stack.use(await createNamespace(cluster));
    const client = stack.use(createClient(cluster.kubeconfig));
    const cache = stack.use(
      new Cache(client, {
        namespaces: [namespace],
        enqueue: () => undefined,
        watchFailed: assert.ifError,
        revisionIgnored: assert.fail,
      }),
    );
    const { create, get } = objectsOf(client, namespace);
    const containers = [{ name: 'app', image: 'app' }];
    const before = await create('Pod', 'cart', {
      metadata: { name: 'cart', labels: { app: 'cart' } },
      spec: { containers },
    });
    const agent = { namespace, name: 'checkout', uid: 'u' };
    const events = new EventPoster(client, { instance: 'operator-0', failed: assert.ifError });
    const context = { client, cache, events, checkConfiguration: () => Promise.resolve() };
    const at = 1_767_225_600;
    for (const podName of ['gone', 'cart']) {
      await applyAction(context, agent, { kind: 'RefetchModule', podName, at });
    }
    const after = await get('Pod', 'cart');
    assert.deepEqual(after.metadata.labels, { app: 'cart', [refetchedAtLabel]: String(at) });
    assert.equal(after.metadata.uid, before.metadata.uid);
    assert.deepEqual(cache.pods.get(namespace, 'cart')?.labels, after.metadata.labels);
  });
});
