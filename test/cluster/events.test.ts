import assert from 'node:assert/strict';
import { createClient } from '../../operator/cluster/client.ts';
import { EventPoster } from '../../operator/cluster/events.ts';
import { createNamespace, sharedCluster } from '../support/cluster.ts';
import { objectsOf } from '../support/operator.ts';

const note = { type: 'Warning', reason: 'FetchFailed', message: 'no answer' } as const;

describe('events', () => {
  it('posts one for a person, and counts the same one up', async () => {
    const cluster = await sharedCluster();
    await using namespace = await createNamespace(cluster);
    await using client = createClient(cluster.kubeconfig);
    const { list } = objectsOf(client, namespace.name);
    const subject = { namespace: namespace.name, name: 'checkout', uid: 'u-1' };
    const poster = new EventPoster(client, { instance: 'operator-0', failed: assert.ifError });
    for (let times = 0; times < 3; times += 1) await poster.post(subject, note);
    await poster.post(subject, { ...note, message: 'é'.repeat(2000) });
    const [first, second, ...others] = (await list('Event')).sort((a, b) =>
      String(b['note']).length < String(a['note']).length ? 1 : -1,
    );
    assert.deepEqual(others, []);
    assert.equal(first?.['note'], 'no answer');
    assert.equal(first['series'].count, 3);
    assert.equal(first['regarding'].name, 'checkout');
    assert.equal(first['reportingInstance'], 'operator-0');
    // The API server counts bytes, and takes 1024.
    const bytes = Buffer.byteLength(String(second?.['note']));
    assert.ok(bytes > 1020 && bytes <= 1024, `${bytes} bytes`);
  });

  it('starts again when somebody deleted the event', async () => {
    const cluster = await sharedCluster();
    await using namespace = await createNamespace(cluster);
    await using client = createClient(cluster.kubeconfig);
    const { list, remove } = objectsOf(client, namespace.name);
    const poster = new EventPoster(client, { instance: 'operator-0', failed: assert.ifError });
    const subject = { namespace: namespace.name, name: 'checkout', uid: 'u-1' };
    await poster.post(subject, note);
    await remove('Event', (await list('Event'))[0]!.metadata.name);
    await poster.post(subject, note);
    assert.equal((await list('Event')).length, 1);
  });

  it('fails nothing when an event cannot be posted, and reports why', async () => {
    const cluster = await sharedCluster();
    await using client = createClient(cluster.kubeconfig);
    const failures: unknown[] = [];
    const poster = new EventPoster(client, {
      instance: 'operator-0',
      failed: (error) => failures.push(error),
    });
    await poster.post({ namespace: 'not-there', name: 'checkout', uid: 'u-1' }, note);
    assert.match(String(failures), /namespaces "not-there" not found/);
  });
});
