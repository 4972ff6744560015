import assert from 'node:assert/strict';
import { hash, randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { createServer, request, type IncomingMessage, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { pino } from 'pino';
import type { DownloadLimits } from '../../operator/artifact/downloads.ts';
import { ChunkCache } from '../../operator/artifact/store/chunk-cache.ts';
import { chunkBytesMax, chunksOf } from '../../operator/artifact/store/chunks.ts';
import { packModule } from '../../operator/artifact/store/pack.ts';
import { modulePath } from '../../operator/api/module-address.ts';
import { createModuleHandler } from '../../operator/artifact/serve.ts';
import { eventually } from '../support/eventually.ts';

const module = Buffer.from('the bytes of a module');
const digest = hash('sha256', module);

const chunksOfBytes = async (bytes: Uint8Array) =>
  chunksOf(await packModule(bytes), { namespace: 'sp-system' });

function closing(server: Server): AsyncDisposable {
  return {
    async [Symbol.asyncDispose]() {
      server.close();
      server.closeAllConnections();
    },
  };
}

/** A server with modules beside another path, as the operator has it. */
async function startServer(
  load: (digest: string) => Promise<Uint8Array | undefined>,
  limits?: Partial<DownloadLimits>,
) {
  const packed = new Map<Uint8Array, ReturnType<typeof chunksOfBytes>>();
  const chunk = async (wanted: string, index: number) => {
    const bytes = await load(wanted);
    if (!bytes) return undefined;
    const chunks = packed.get(bytes) ?? chunksOfBytes(bytes);
    packed.set(bytes, chunks);
    return (await chunks)[index];
  };
  const handle = createModuleHandler(
    { chunk },
    pino({ level: 'silent' }),
    limits && { ...noLimits, ...limits },
  );
  const server = createServer((incoming, response) => {
    void handle(incoming, response).then((handled) => handled || response.end('another path'));
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  return {
    port,
    url: `http://127.0.0.1:${port}`,
    ...closing(server),
  };
}

const noLimits = { total: 100, perClient: 100, bytesPerMinute: Infinity, stalledSeconds: 60 };

const loadModule = async (wanted: string) => (wanted === digest ? module : undefined);

describe('module server', () => {
  it('serves a module under its digest, to be kept for ever', async () => {
    await using server = await startServer(loadModule);
    const response = await fetch(server.url + modulePath(digest));
    assert.deepEqual(Buffer.from(await response.arrayBuffer()), module);
    assert.equal(response.headers.get('content-type'), 'application/wasm');
    assert.equal(response.headers.get('etag'), `"${digest}"`);
    assert.equal(response.headers.get('cache-control'), 'public, max-age=31536000, immutable');
  });

  it('answers HEAD with the headers alone', async () => {
    await using server = await startServer(loadModule);
    const response = await fetch(server.url + modulePath(digest), { method: 'HEAD' });
    assert.equal(response.headers.get('content-length'), String(module.length));
    assert.equal((await response.arrayBuffer()).byteLength, 0);
  });

  it('answers 304 to whoever has it', async () => {
    await using server = await startServer(loadModule);
    const status = async (tag: string) =>
      (await fetch(server.url + modulePath(digest), { headers: { 'if-none-match': tag } })).status;
    assert.deepEqual(
      await Promise.all([`"${digest}"`, `"x", W/"${digest}"`, '*', '"x"'].map(status)),
      [304, 304, 304, 200],
    );
  });

  it('answers 404 with a word to what it has not, and 405 to other methods', async () => {
    await using server = await startServer(loadModule);
    for (const path of [modulePath('0'.repeat(64)), '/filters/x', `/filters/../filters/${digest}`]) {
      const response = await fetch(server.url + path);
      assert.equal(response.status, 404);
      assert.match(await response.text(), /^no module at /);
    }
    assert.equal((await fetch(server.url + modulePath(digest), { method: 'PUT' })).status, 405);
  });

  it('leaves other paths alone, also unreadable ones', async () => {
    await using server = await startServer(loadModule);
    for (const path of ['/metrics', '//']) {
      const asked = request({ port: server.port, host: '127.0.0.1', path }).end();
      const [response] = (await once(asked, 'response')) as [IncomingMessage];
      assert.equal(await text(response), 'another path');
    }
  });

  it('answers 503 while the cluster cannot be read, and recovers', async () => {
    let isDown = true;
    await using server = await startServer(async (wanted) => {
      if (isDown) throw new Error('no API server');
      return loadModule(wanted);
    });
    assert.equal((await fetch(server.url + modulePath(digest))).status, 503);
    isDown = false;
    assert.equal((await fetch(server.url + modulePath(digest))).status, 200);
  });

  it('loads a module once, however many ask for it', async () => {
    let loads = 0;
    await using server = await startServer(async (wanted) => {
      loads += 1;
      return loadModule(wanted);
    });
    const ask = async () => (await fetch(server.url + modulePath(digest))).status;
    assert.deepEqual(new Set(await Promise.all(Array.from({ length: 20 }, ask))), new Set([200]));
    assert.equal(loads, 1);
  });
});

describe('downloads', () => {
  /** Reads the headers of an answer and no more, as a client does that wants to hold the server's memory. */
  async function pausedDownload(port: number, path: string) {
    const asked = request({ port, host: '127.0.0.1', path, agent: false }).end();
    const [response] = (await once(asked, 'response')) as [IncomingMessage];
    response.pause();
    return { response, [Symbol.dispose]: () => asked.destroy() };
  }

  // More than the system's buffers hold for a client that does not read.
  const large = randomBytes(64 * chunkBytesMax);
  const largeDigest = hash('sha256', large);
  const pathOfLarge = modulePath(largeDigest);
  const loadLarge = () => Promise.resolve(large);

  it('of a module with many chunks gives the module', async () => {
    await using server = await startServer(loadLarge);
    const bytes = await (await fetch(server.url + pathOfLarge)).arrayBuffer();
    assert.equal(hash('sha256', new Uint8Array(bytes)), largeDigest);
  });

  it('that nobody reads load no more chunks than the buffers take', async () => {
    const loaded = new Set<number>();
    const chunks = await chunksOfBytes(large);
    const chunk = (_digest: string, index: number) => {
      loaded.add(index);
      return Promise.resolve(chunks[index]);
    };
    const handle = createModuleHandler({ chunk }, pino({ level: 'silent' }));
    const server = createServer((incoming, response) => void handle(incoming, response)).listen(
      0,
      '127.0.0.1',
    );
    await using _ = closing(server);
    await once(server, 'listening');
    using _paused = await pausedDownload((server.address() as AddressInfo).port, pathOfLarge);
    let before = -1;
    await eventually('the download to stand still', async () => {
      const isStill = loaded.size === before;
      before = loaded.size;
      if (!isStill) await new Promise((resolve) => setTimeout(resolve, 200));
      return isStill;
    });
    assert.ok(loaded.size < chunks.length, `${loaded.size} of ${chunks.length} chunks`);
  });

  it('of one client are refused beyond its share, and work again when one ends', async () => {
    await using server = await startServer(loadLarge, { perClient: 2 });
    using _first = await pausedDownload(server.port, pathOfLarge);
    const second = await pausedDownload(server.port, pathOfLarge);
    const refused = await fetch(server.url + pathOfLarge);
    assert.equal(refused.status, 503);
    assert.equal(refused.headers.get('retry-after'), '1');
    assert.equal((await fetch(server.url + pathOfLarge, { method: 'HEAD' })).status, 200);
    second[Symbol.dispose]();
    await eventually('a free download', async () => (await fetch(server.url + pathOfLarge)).ok);
  });

  it('of one client are refused beyond its bytes for a minute', async () => {
    await using server = await startServer(loadLarge, { bytesPerMinute: 1.5 * large.length });
    const status = async () => (await fetch(server.url + pathOfLarge)).status;
    assert.deepEqual([await status(), await status()], [200, 503]);
  });

  it('that stand still give way to another client', async () => {
    await using server = await startServer(loadLarge, { total: 1, stalledSeconds: 0 });
    using paused = await pausedDownload(server.port, pathOfLarge);
    paused.response.on('error', () => undefined);
    await eventually('a download', async () => {
      const response = await fetch(server.url + pathOfLarge);
      return response.ok && (await response.arrayBuffer()).byteLength === large.length;
    });
  });

  it('of a module with a changed chunk end before the last byte', async () => {
    const changed = Buffer.from(large);
    changed[0] = changed[0]! ^ 1;
    const chunks = await chunksOfBytes(changed);
    const annotations = { ...chunks[0]!.metadata!.annotations, 'softprobe.ai/digest': largeDigest };
    const chunk = (_digest: string, index: number) =>
      Promise.resolve({ ...chunks[index], metadata: { ...chunks[index]!.metadata, annotations } });
    const handle = createModuleHandler({ chunk }, pino({ level: 'silent' }));
    const server = createServer((incoming, response) => void handle(incoming, response)).listen(
      0,
      '127.0.0.1',
    );
    await using _ = closing(server);
    await once(server, 'listening');
    const response = await fetch(`http://127.0.0.1:${(server.address() as AddressInfo).port}${pathOfLarge}`);
    await assert.rejects(response.arrayBuffer());
  });
});

describe('chunk cache', () => {
  const counting = (bytesMax: number) => {
    const loads: string[] = [];
    const load = async (name: string) => {
      loads.push(name);
      const [chunk] = chunksOf(
        { digest, sizeBytes: 1, pieces: [Buffer.alloc(Number(name.slice(1)))] },
        { namespace: 'sp-system' },
      );
      return chunk;
    };
    const cache = new ChunkCache(load, { bytesMax, loadsMax: 2 });
    return { loads, cache: { get: (name: string) => cache.get(name, 0) } };
  };

  it('drops the least recently used when it is full', async () => {
    const { loads, cache } = counting(10);
    for (const name of ['a4', 'b4', 'a4', 'c4', 'a4', 'b4']) await cache.get(name);
    assert.deepEqual(loads, ['a4', 'b4', 'c4', 'b4']);
  });

  it('does not empty itself for a module that is longer than it', async () => {
    const { loads, cache } = counting(10);
    for (const name of ['a4', 'b11', 'a4', 'b11']) await cache.get(name);
    assert.deepEqual(loads, ['a4', 'b11', 'b11']);
  });

  it('refuses more loads at once than its limit', async () => {
    const { cache } = counting(10);
    const asked = await Promise.allSettled(['a1', 'b1', 'c1'].map((name) => cache.get(name)));
    assert.deepEqual(
      asked.map(({ status }) => status),
      ['fulfilled', 'fulfilled', 'rejected'],
    );
    assert.ok(await cache.get('c1'));
  });
});
