import assert from 'node:assert/strict';
import { createGzip } from 'node:zlib';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { askDirectly, askThroughApiServer } from '../../operator/cluster/proxy-stats.ts';
import { collect } from '../support/collect.ts';
import { clientOf } from '../support/kubeconfig.ts';
import { startScriptedServer, type Script } from '../support/scripted-server.ts';

const pod = { namespace: 'shop', name: 'p', ip: '10.0.0.7' };
const path = '/api/v1/namespaces/shop/pods/p:15020/proxy/stats/prometheus';

/** Asks a pod that does what the script says, and fails. */
async function ask(script: Script) {
  await using server = await startScriptedServer(script);
  await using client = await clientOf(server.port);
  const question = askThroughApiServer(client)({ pod, filter: '^wasm', signal: AbortSignal.timeout(5000) });
  const error = await question.then(
    () => assert.fail('the pod answered'),
    (reason: unknown) => reason,
  );
  assert.ok(error instanceof Error);
  return { message: error.message, paths: server.arrivals.map((arrival) => arrival.path) };
}

describe('proxy statistics', () => {
  const answer: Script = (_arrival, response) => {
    response.writeHead(200, { date: 'Fri, 15 Jan 2027 08:00:00 GMT' }).end('a{} 1\nb{} 2\n');
  };

  it("ask Envoy for a part of its statistics, and Istio's agent not to wait for the application", async () => {
    await using server = await startScriptedServer(answer);
    await using client = await clientOf(server.port);
    const signal = AbortSignal.timeout(5000);
    const { at, lines } = await askThroughApiServer(client)({ pod, filter: '^wasm|x y', signal });
    assert.deepEqual(await collect(lines), ['a{} 1', 'b{} 2']);
    assert.equal(at, Date.UTC(2027, 0, 15, 8));
    const [arrival] = server.arrivals;
    assert.equal(arrival?.path, `${path}?filter=%5Ewasm%7Cx+y`);
    assert.equal(arrival.headers['x-prometheus-scrape-timeout-seconds'], '2');
  });

  it('are not asked for at a pod without an address', async () => {
    const question = askDirectly({
      pod: { ...pod, ip: undefined },
      filter: '^wasm',
      signal: AbortSignal.timeout(5000),
    });
    await assert.rejects(question, { message: 'the pod has no address yet' });
  });
});

describe('proxy statistics of a hostile pod', () => {
  it('follow no redirect to another path, which would be asked with our rights', async () => {
    const { message, paths } = await ask((_arrival, response) => {
      response.writeHead(302, { location: '/api/v1/secrets' }).end();
    });
    assert.deepEqual(paths, [`${path}?filter=%5Ewasm`]);
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
