import assert from 'node:assert/strict';
import { Cache } from '../../operator/controller/cache.ts';
import { WorkQueue } from '../../operator/cluster/work-queue.ts';
import { trimAgent } from '../../operator/controller/items.ts';
import { minimalSpec } from '../support/agent.ts';
import { clientOf } from '../support/kubeconfig.ts';

let resourceVersion = 0;

function item(name: string, parts: { metadata?: object; spec?: object; message?: string } = {}) {
  resourceVersion += 1;
  const { metadata = {}, spec = {}, message } = parts;
  const object = {
    metadata: {
      namespace: 'shop',
      name,
      uid: name,
      generation: 1,
      creationTimestamp: '2026-01-02T03:04:05Z',
      resourceVersion: String(resourceVersion),
      ...metadata,
    },
    spec: { ...minimalSpec, ...spec },
    ...(message === undefined ? {} : { status: { rollout: { step: 'Waiting', message } } }),
  };
  return trimAgent(object);
}

/** A cache that no watch fills. */
async function cacheFor(enqueue: (agentKey: string) => void) {
  const stack = new AsyncDisposableStack();
  const client = stack.use(await clientOf(1));
  const cache = new Cache(client, {
    namespaces: undefined,
    enqueue,
    watchFailed: assert.ifError,
    revisionIgnored: assert.fail,
  });
  return { cache, [Symbol.asyncDispose]: () => stack.disposeAsync() };
}

describe('cache', () => {
  const [a, b] = ['shop/a', 'shop/b'];
  const changes = {
    'its status alone': { after: item('a', { message: 'two' }), enqueued: [] },
    'its finalizers': { after: item('a', { metadata: { finalizers: ['x'] } }), enqueued: [a] },
    'its spec': { after: item('a', { metadata: { generation: 2 } }), enqueued: [a, b] },
    'a default of its spec': { after: item('a', { spec: { revisionHistoryLimit: 9 } }), enqueued: [a] },
    'its deletion': {
      after: item('a', { metadata: { deletionTimestamp: '2026-01-02T03:04:06Z' } }),
      enqueued: [a, b],
    },
    'a fault of its spec': { after: item('a', { spec: { direction: 'Up' } }), enqueued: [a] },
    'its end': { after: undefined, enqueued: [a, b] },
  };
  for (const [what, { after, enqueued }] of Object.entries(changes)) {
    it(`has ${enqueued.join(' and ') || 'nobody'} looked at for a change of ${what}`, async () => {
      const keys = new Set<string>();
      await using world = await cacheFor((key) => keys.add(key));
      const { agents } = world.cache;
      for (const name of ['a', 'b']) agents.upsert({ ...item(name), resourceVersion: '0' });
      keys.clear();
      if (after) agents.upsert(after);
      else agents.remove({ namespace: 'shop', name: 'a' });
      assert.deepEqual([...keys].sort(), enqueued);
    });
  }

  it('leaves an agent alone when one changes that can select none of its pods', async () => {
    const keys = new Set<string>();
    await using world = await cacheFor((key) => keys.add(key));
    const { agents } = world.cache;
    const of = (name: string, matchLabels: object) => item(name, { spec: { selector: { matchLabels } } });
    agents.upsert(of('cart', { app: 'cart' }));
    agents.upsert(of('gold', { tier: 'gold' }));
    keys.clear();
    agents.upsert(of('shop', { app: 'shop' }));
    assert.deepEqual([...keys].sort(), ['shop/gold', 'shop/shop']);
  });

  it('does not shorten the back-off of a run that fails with another message each time', async () => {
    let added = 0;
    const { promise: failed, resolve: fail } = Promise.withResolvers<undefined>();
    await using world = await cacheFor((key) => {
      queue.add(key);
    });
    const { agents } = world.cache;
    await using queue = new WorkQueue({
      concurrency: 1,
      failed: () => {
        fail(undefined);
      },
      work: async () => {
        agents.upsert(item('a', { message: `attempt ${added}` }));
        await Promise.reject(new Error('no'));
        return undefined;
      },
      observer: { added: () => (added += 1), started: () => undefined, finished: () => undefined },
    });
    agents.upsert(item('a'));
    queue.start();
    await failed;
    assert.equal(added, 1);
  });
});
