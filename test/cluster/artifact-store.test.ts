import assert from 'node:assert/strict';
import { createHash, hash } from 'node:crypto';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { pino } from 'pino';
import { chunkBytesMax, chunkName, chunksOf } from '../../operator/artifact/store/chunks.ts';
import { packModule } from '../../operator/artifact/store/pack.ts';
import { modulePath } from '../../operator/api/module-address.ts';
import { createModuleHandler } from '../../operator/artifact/serve.ts';
import { createModuleStore, type ModuleStore } from '../../operator/artifact/store/module-store.ts';
import { createClient, type ClusterClient } from '../../operator/cluster/client.ts';
import { collectionPath, objectPath } from '../../operator/cluster/kinds.ts';
import { createNamespace, sharedCluster } from '../support/cluster.ts';

const sha256 = (bytes: Uint8Array) => hash('sha256', bytes);
/** Bytes that no compression makes shorter. */
const moduleOf = (seed: string, length: number) =>
  createHash('shake256', { outputLength: length }).update(seed).digest();
const chunksOfBytes = async (bytes: Uint8Array, namespace: string) =>
  chunksOf(await packModule(bytes), { namespace });
const sourceKey = 'a'.repeat(40);

describe('module store in a cluster', () => {
  let resources: AsyncDisposableStack;
  let client: ClusterClient;
  let namespace: string;
  let store: ModuleStore;
  before(async () => {
    await using started = new AsyncDisposableStack();
    const cluster = await sharedCluster();
    client = started.use(createClient(cluster.kubeconfig));
    namespace = started.use(await createNamespace(cluster)).name;
    store = createModuleStore(client, namespace);
    resources = started.move();
  });
  after(() => resources[Symbol.asyncDispose]());

  const configMaps = () => collectionPath('ConfigMap', namespace);
  const createChunk = (chunk: object) => client.json({ method: 'POST', path: configMaps(), body: chunk });
  const versions = async () => {
    const { items } = await client.json<{ items: { metadata: { name: string; resourceVersion: string } }[] }>(
      {
        path: configMaps(),
      },
    );
    return items.map(({ metadata }) => `${metadata.name}@${metadata.resourceVersion}`).sort();
  };

  it('gives back what it keeps, and knows its source', async () => {
    const bytes = moduleOf('complete', 2 * chunkBytesMax + 1);
    const traits = { reportsRevision: true, readsSpec: false, rootId: 'my_filter' };
    await store.put(bytes, { sourceKey, namespace: 'shop', traits });
    assert.ok((await store.get(sha256(bytes)))?.every((byte, index) => byte === bytes[index]));
    const { createdAt, storedBytes, ...found } = (await store.findBySource(sourceKey))!;
    assert.ok(storedBytes > bytes.length && storedBytes < 1.01 * bytes.length, `${storedBytes} bytes`);
    assert.deepEqual(found, {
      digest: sha256(bytes),
      sizeBytes: bytes.length,
      ...traits,
      sourceKeys: [sourceKey],
      namespaces: ['shop'],
      isWhole: true,
    });
    assert.ok(Number.isFinite(Date.parse(createdAt)));
    assert.equal(await store.findBySource('b'.repeat(40)), undefined);
  });

  it('writes nothing when it keeps the same again, but takes another source', async () => {
    const bytes = moduleOf('again', 10);
    await store.put(bytes, { sourceKey: '1'.repeat(40), namespace: 'shop' });
    const before = await versions();
    await store.put(bytes, { sourceKey: '1'.repeat(40), namespace: 'shop' });
    assert.deepEqual(await versions(), before);
    await store.put(bytes, { sourceKey: '2'.repeat(40), namespace: 'shop' });
    for (const key of ['1', '2']) {
      assert.equal((await store.findBySource(key.repeat(40)))?.digest, sha256(bytes));
    }
  });

  it('completes a module that was half written, which nobody saw before', async () => {
    const bytes = moduleOf('half', 2 * chunkBytesMax + 1);
    const digest = sha256(bytes);
    await createChunk((await chunksOfBytes(bytes, namespace))[2]!);
    assert.equal(await store.get(digest), undefined);
    assert.equal((await store.list()).find((it) => it.digest === digest)?.isWhole, false);
    await store.put(bytes, { sourceKey: '3'.repeat(40), namespace: 'shop' });
    assert.equal((await store.get(digest))?.length, bytes.length);
  });

  it('refuses a module of which a chunk is missing or changed, and repairs it when it is stored again', async () => {
    const bytes = moduleOf('repair', 2 * chunkBytesMax);
    const digest = sha256(bytes);
    await store.put(bytes, { sourceKey: '4'.repeat(40), namespace: 'shop' });
    const path = objectPath({ kind: 'ConfigMap', namespace, name: chunkName(digest, 1) });
    await client.json({ method: 'DELETE', path });
    await assert.rejects(store.get(digest), {
      reason: 'StoreFailed',
      retryable: true,
      message: /chunk 1 of 2 is missing/,
    });
    assert.equal(await store.findBySource('4'.repeat(40)), undefined, 'its source is to be built again');
    const forged = (await chunksOfBytes(bytes, namespace))[1]!;
    await createChunk({ ...forged, binaryData: { 'module.gz': Buffer.from('forged').toString('base64') } });
    await assert.rejects(store.get(digest), { message: /one of them was changed/ });
    await store.put(bytes, { sourceKey: '4'.repeat(40), namespace: 'shop' });
    assert.equal((await store.get(digest))?.length, bytes.length);
    assert.equal((await store.findBySource('4'.repeat(40)))?.digest, digest);
  });

  it('keeps a module once when two operators keep it at the same time', async () => {
    const bytes = moduleOf('twice', 2 * chunkBytesMax);
    const put = () => store.put(bytes, { sourceKey: '5'.repeat(40), namespace: 'shop' });
    await Promise.all([put(), put(), put()]);
    assert.equal((await store.get(sha256(bytes)))?.length, bytes.length);
  });

  it('deletes a module with all its chunks, also a half one, and does not mind its absence', async () => {
    const [complete, half] = [moduleOf('delete', chunkBytesMax + 1), moduleOf('remove', chunkBytesMax + 1)];
    await store.put(complete, { sourceKey: '6'.repeat(40), namespace: 'shop' });
    await createChunk((await chunksOfBytes(half, namespace))[1]!);
    for (const digest of [sha256(complete), sha256(half), '0'.repeat(64)]) await store.delete(digest);
    const left = (await versions()).join();
    for (const bytes of [complete, half]) assert.ok(!left.includes(sha256(bytes)));
    assert.equal(await store.findBySource('6'.repeat(40)), undefined);
  });

  it('names the reason when the API server refuses', async () => {
    const elsewhere = createModuleStore(client, 'does-not-exist');
    await assert.rejects(elsewhere.put(moduleOf('x', 1), { sourceKey, namespace: 'shop' }), {
      reason: 'StoreFailed',
      message: /namespaces "does-not-exist" not found/,
    });
  });

  it('feeds the module server', async () => {
    const bytes = moduleOf('serve', chunkBytesMax + 1);
    await store.put(bytes, { sourceKey: '7'.repeat(40), namespace: 'shop' });
    const handle = createModuleHandler(store, pino({ level: 'silent' }));
    const server = createServer((request, response) => void handle(request, response)).listen(0, '127.0.0.1');
    await using _ = { [Symbol.asyncDispose]: async () => void server.close() };
    await once(server, 'listening');
    const { port } = server.address() as AddressInfo;
    const response = await fetch(`http://127.0.0.1:${port}${modulePath(sha256(bytes))}`);
    assert.equal(sha256(new Uint8Array(await response.arrayBuffer())), sha256(bytes));
  });
});
