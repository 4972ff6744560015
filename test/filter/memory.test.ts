import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { eventually } from '../support/eventually.ts';
import { describeInEnvoy, freshPath } from '../support/filter-fixture.ts';
import { filterModule } from '../support/filter-module.ts';
import { filterMessage } from '../support/filter-span.ts';
import { StreamDriver, answerCalls, answerOf, settle } from '../support/stream-driver.ts';
import { WasmHost } from '../support/wasm-host.ts';

const recording = (body: string) => filterMessage({ type: 'extract', status: 200, responseBody: body });

const mebibyte = 1024 * 1024;
// 2,000 lookups wait for each other: a busy machine takes its time.
const listeners = {
  main: { configuration: { backend: { cluster: 'backend', authority: 'backend.test', timeoutMs: 60_000 } } },
};
const tight = {
  configuration: { memory: { maxBytes: mebibyte }, capture: { maxResponseBodyBytes: mebibyte } },
};

describeInEnvoy('Memory', { listeners }, (fixture) => {
  it('gives each of 2,000 streams at once its own answer', async function () {
    this.timeout(60_000);
    const { send, hit } = fixture();
    const waiting: (() => void)[] = [];
    const total = 2000;
    const answers = Array.from({ length: total }, async (_, index) => {
      const path = `${freshPath()}/many`;
      hit(path, async (_, response) => {
        await new Promise<void>((resolve) => {
          waiting.push(resolve);
          // All of them wait in the filter before the first is answered.
          if (waiting.length === total) for (const answer of waiting.reverse()) answer();
        });
        response.writeHead(200).end(recording(`answer ${index}`));
      });
      const answer = await send('main', path);
      return answer.body.toString() === `answer ${index}`;
    });
    assert.equal((await Promise.all(answers)).filter(Boolean).length, total);
  });

  it('comes back when streams end, and does not grow from request to request', async () => {
    const { send, hit, metric } = fixture();
    const recorded = freshPath();
    hit(recorded, recording('x'.repeat(50_000)));
    const round = async () => {
      for (let i = 0; i < 100; i++) {
        await send('main', recorded, { method: 'POST', body: 'x'.repeat(20_000) });
        await send('main', freshPath(), { method: 'POST', body: 'x'.repeat(20_000) });
      }
      await eventually('all streams to end', async () => (await metric('streams')) === 0);
    };
    await round();
    const held = await metric('memory_bytes');
    await round();
    await eventually('memory to come back', async () => (await metric('memory_bytes')) <= held);
    assert.ok((await metric('linear_memory_bytes')) < 16 * mebibyte);
  });
});

describeInEnvoy('At the cap of memory', { listeners: { tight } }, (fixture) => {
  it('a request passes completely and unrecorded, and small ones are still recorded', async () => {
    const { send, answer, saved, saves, metric } = fixture();
    const large = freshPath();
    const body = 'x'.repeat(3 * mebibyte);
    answer(large, (_, response) => void response.end(body));
    assert.equal((await send('tight', large)).body.length, body.length);
    await eventually('the drop to be counted', async () => (await metric('dropped_memory')) === 1);
    const small = freshPath();
    await send('tight', small);
    await saved(small);
    assert.equal(saves(large).length, 0);
    assert.ok((await metric('linear_memory_bytes')) < 2 * mebibyte);
  });
});

describe('Memory after', () => {
  const miss = answerOf(404);
  const accepted = answerOf(200);
  let module: WebAssembly.Module;

  before(async function () {
    // The first suite of a run compiles the filter.
    this.timeout(120_000);
    module = await WebAssembly.compile(await readFile(await filterModule()));
  });

  function start(configuration: object): WasmHost {
    const host = new WasmHost(module);
    host.properties.set('response.code_details', 'via_upstream');
    assert.ok(host.configure(JSON.stringify({ version: 1, ...configuration })));
    return host;
  }

  function metric(host: WasmHost, name: string): number {
    settle(host, { lookup: miss, save: accepted });
    return host.metrics.get(`sp_agent_${name}`) ?? 0;
  }

  function open(host: WasmHost, body: Uint8Array): StreamDriver {
    const stream = new StreamDriver(host);
    const size = String(body.length);
    stream.requestHeaders(
      [
        [':method', 'POST'],
        [':path', '/'],
        [':authority', 'h.test'],
        ['content-length', size],
      ],
      false,
    );
    stream.requestBody(body, true);
    return stream;
  }

  it('a burst of small streams at the cap serves large bodies again', () => {
    const maxBytes = 8 * mebibyte;
    const host = start({ lookup: { enabled: false }, memory: { maxBytes } });
    for (let burst = 1; burst <= 3; burst++) {
      const dropped = metric(host, 'dropped_memory');
      const streams: StreamDriver[] = [];
      while (metric(host, 'dropped_memory') === dropped) streams.push(open(host, Buffer.alloc(2000, 'x')));
      for (const stream of streams) stream.close();
      const saved = metric(host, 'saved_spans');
      const large = open(host, Buffer.alloc(200_000, 'x'));
      large.responseHeaders([[':status', '200']], true);
      large.close();
      assert.equal(metric(host, 'saved_spans') - saved, 1, `burst ${burst} of ${streams.length} streams`);
      assert.ok(metric(host, 'linear_memory_bytes') < maxBytes + mebibyte);
    }
  });

  it('an answer with more headers than the host takes is as it was before', () => {
    const host = start({});
    const ask = (recorded: Uint8Array) => {
      const stream = new StreamDriver(host);
      stream.requestHeaders(
        [
          [':method', 'GET'],
          [':path', '/'],
          [':authority', 'h.test'],
        ],
        true,
      );
      answerCalls(host, { lookup: answerOf(200, recorded), save: accepted });
      stream.close();
      return metric(host, 'memory_bytes');
    };
    const before = ask(recording('small'));
    const headers = Array.from({ length: 100 }, (_, i): [string, string] => [`x-${i}`, 'v'.repeat(12_000)]);
    const after = ask(filterMessage({ type: 'extract', status: 200, responseHeaders: headers }));
    assert.equal(metric(host, 'lookup_errors_malformed'), 1);
    assert.ok(after - before < 16 * 1024, `${after - before} bytes are kept`);
  });
});
