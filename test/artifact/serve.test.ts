import assert from 'node:assert/strict';
import { hash } from 'node:crypto';
import { once } from 'node:events';
import { createServer, request, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { pino } from 'pino';
import { ModuleCache } from '../../operator/artifact/store/module-cache.ts';
import { createModuleHandler, modulePath } from '../../operator/artifact/serve.ts';

const module = Buffer.from('the bytes of a module');
const digest = hash('sha256', module);

/** A server with modules beside another path, as the operator has it. */
async function startServer(load: (digest: string) => Promise<Uint8Array | undefined>) {
  const handle = createModuleHandler({ get: load }, pino({ level: 'silent' }));
  const server = createServer((incoming, response) => {
    void handle(incoming, response).then((handled) => handled || response.end('another path'));
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  return {
    port,
    url: `http://127.0.0.1:${port}`,
    async [Symbol.asyncDispose]() {
      server.close();
      server.closeAllConnections();
    },
  };
}

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

describe('module cache', () => {
  const counting = (bytesMax: number) => {
    const loads: string[] = [];
    const load = async (name: string) => {
      loads.push(name);
      return Buffer.alloc(Number(name.slice(1)));
    };
    return { loads, cache: new ModuleCache(load, { bytesMax, loadsMax: 2 }) };
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

  it('refuses more loads at once than it is told', async () => {
    const { cache } = counting(10);
    const asked = await Promise.allSettled(['a1', 'b1', 'c1'].map((name) => cache.get(name)));
    assert.deepEqual(
      asked.map(({ status }) => status),
      ['fulfilled', 'fulfilled', 'rejected'],
    );
    assert.ok(await cache.get('c1'));
  });
});
