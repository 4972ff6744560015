import assert from 'node:assert/strict';
import { createGzip } from 'node:zlib';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { proxyStatistics } from '../../operator/cluster/proxy-stats.ts';
import { clientOf } from '../support/kubeconfig.ts';
import { startScriptedServer, type Script } from '../support/scripted-server.ts';

const path = '/api/v1/namespaces/shop/pods/p:15020/proxy/stats/prometheus';

/** Asks a pod that does what the script says, and fails. */
async function ask(script: Script) {
  await using server = await startScriptedServer(script);
  await using client = await clientOf(server.port);
  const question = proxyStatistics(client, { namespace: 'shop', name: 'p' });
  const error = await question.then(assert.fail, (reason: unknown) => reason);
  assert.ok(error instanceof Error);
  return { message: error.message, paths: server.arrivals.map((arrival) => arrival.path) };
}

describe('proxy statistics of a hostile pod', () => {
  it('follow no redirect to another path, which would be asked with our rights', async () => {
    const { message, paths } = await ask((_arrival, response) => {
      response.writeHead(302, { location: '/api/v1/secrets' }).end();
    });
    assert.deepEqual(paths, [path]);
    assert.equal(message, 'HTTP status 302');
  });

  it('follow no redirect to another host', async () => {
    await using elsewhere = await startScriptedServer((_arrival, response) => {
      response.end();
    });
    const location = `http://127.0.0.1:${elsewhere.port}/`;
    const { message } = await ask((_arrival, response) => {
      response.writeHead(307, { location }).end('look there');
    });
    assert.equal(message, 'look there');
    assert.deepEqual(elsewhere.arrivals, []);
  });

  it("unpack no more than the beginning of an error's body", async () => {
    let sentBytes = 0;
    const endless = function* () {
      for (; ; sentBytes += 65_536) yield Buffer.alloc(65_536, 'x');
    };
    const { message } = await ask(async (_arrival, response) => {
      response.writeHead(500, { 'content-encoding': 'gzip' });
      await pipeline(Readable.from(endless()), createGzip(), response).catch(() => undefined);
    });
    assert.equal(message, 'x'.repeat(200));
    assert.ok(sentBytes < 256 * 1024 * 1024, `${sentBytes} bytes`);
  });

  it('cut a long message, and make nothing of one that is no text', async () => {
    const long = await ask((_arrival, response) => {
      response.writeHead(500).end(JSON.stringify({ message: 'x'.repeat(5000) }));
    });
    assert.equal(long.message, `${'x'.repeat(1023)}…`);
    const strange = await ask((_arrival, response) => {
      response
        .writeHead(500)
        .end(JSON.stringify({ message: { a: 1 }, reason: 7, details: { causes: 'none' } }));
    });
    assert.equal(strange.message, 'HTTP status 500');
  });
});
