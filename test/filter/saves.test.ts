import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { eventually } from '../support/eventually.ts';
import { describeInEnvoy, freshPath, type FilterFixture } from '../support/filter-fixture.ts';
import { filterModule } from '../support/filter-module.ts';
import { recordedIn } from '../support/recorded.ts';
import { StreamDriver, answerOf } from '../support/stream-driver.ts';
import { rootContext, WasmHost } from '../support/wasm-host.ts';

const never = 600_000;
const off = { enabled: false };

const listeners = {
  count: { configuration: { lookup: off, save: { flushMs: never, maxSpans: 5 } } },
  bytes: { configuration: { lookup: off, save: { flushMs: never, maxBytes: 10_000 } } },
};

describeInEnvoy('Batches', { listeners }, (fixture) => {
  it('go out when they hold enough spans', async () => {
    const { send, backend, saves } = fixture();
    const path = freshPath();
    for (let i = 0; i < 5; i++) await send('count', path);
    await eventually('the batch', () => saves(path).length === 5);
    assert.equal(backend.arrivals.length, 1);
    await send('count', path);
    assert.equal(saves(path).length, 5);
  });

  it('go out when they hold enough bytes', async () => {
    const { send, backend, saved } = fixture();
    const before = backend.arrivals.length;
    const path = freshPath();
    await send('bytes', path, { method: 'POST', body: 'x'.repeat(11_000) });
    await saved(path);
    assert.equal(backend.arrivals.length, before + 1);
  });
});

const ticking = {
  refused: { configuration: { lookup: off } },
  retried: { configuration: { lookup: off, save: { maxRetries: 2 } } },
  lost: { configuration: { lookup: off, save: { maxRetries: 1 } } },
  narrow: { configuration: { lookup: off, save: { flushMs: 20, maxQueueBytes: 4000 } } },
};

describeInEnvoy('Saves', { listeners: ticking }, (fixture) => {
  async function grows(metric: string, act: (before: number) => Promise<void>): Promise<void> {
    const before = await fixture().metric(metric);
    await act(before);
    await eventually(`${metric} to grow`, async () => (await fixture().metric(metric)) > before);
  }

  async function savesAre(status: number, times: number, act: (f: FilterFixture) => Promise<void>) {
    const it = fixture();
    const usual = it.saveAnswer;
    let left = times;
    it.saveAnswer = (_, response) => void response.writeHead(left-- > 0 ? status : 200).end();
    await act(it);
    it.saveAnswer = usual;
  }

  it('are tried again while the backend cannot take them, and arrive', async () => {
    await savesAre(503, 2, async ({ send, saves }) => {
      const path = freshPath();
      await grows('save_retries', async () => {
        await send('retried', path);
        await eventually('the third try', () => saves(path).length === 3);
      });
    });
  });

  it('are given up after the retries that are allowed, and counted', async () => {
    await savesAre(500, never, async ({ send, saves }) => {
      const path = freshPath();
      await grows('dropped_retries', () => send('lost', path).then(() => undefined));
      assert.equal(saves(path).length, 2);
    });
  });

  it('are not tried again when the backend refuses them', async () => {
    await savesAre(400, never, async ({ send, saves }) => {
      const path = freshPath();
      await grows('dropped_refused', () => send('refused', path).then(() => undefined));
      assert.equal(saves(path).length, 1);
    });
  });

  it('never hold more than the queue may, and count what they drop', async () => {
    await savesAre(503, never, async ({ send }) => {
      await grows('dropped_queue', async () => {
        for (let i = 0; i < 10; i++) {
          const answer = await send('narrow', freshPath(), { method: 'POST', body: 'x'.repeat(1000) });
          assert.equal(answer.body.toString(), 'upstream');
        }
      });
    });
  });

  it('do not delay a request that comes while the backend hangs', async () => {
    const it = fixture();
    const usual = it.saveAnswer;
    it.saveAnswer = () => undefined;
    await it.send('refused', freshPath());
    assert.equal((await it.send('refused', freshPath())).status, 200);
    it.saveAnswer = usual;
  });
});

describe('The last saves', () => {
  let module: WebAssembly.Module;

  before(async function () {
    // The first suite of a run compiles the filter.
    this.timeout(120_000);
    module = await WebAssembly.compile(await readFile(await filterModule()));
  });

  function configured(): WasmHost {
    const host = new WasmHost(module);
    host.properties.set('response.code_details', 'via_upstream');
    assert.ok(host.configure('{"version":1,"lookup":{"enabled":false}}'));
    return host;
  }

  /** The machine's part of the gauges that all share. */
  function assertNothingLeft({ metrics }: WasmHost): void {
    for (const name of ['memory_bytes', 'linear_memory_bytes', 'streams']) {
      assert.equal(metrics.get(`sp_agent_${name}`) ?? 0, 0, name);
    }
  }

  /** A host whose configuration goes while one span waits: what it calls then. */
  function leaving(): { host: WasmHost; mayGo: boolean } {
    const host = configured();
    const stream = new StreamDriver(host);
    stream.requestHeaders([[':method', 'GET'], [':path', '/last'], [':authority', 'h.test']], true);
    stream.responseHeaders([[':status', '200']], true);
    stream.close();
    assert.equal(host.calls.size, 0);
    return { host, mayGo: host.callback('proxy_on_done', rootContext) !== 0 };
  }

  it('are sent when the configuration goes, which waits for the answer', () => {
    const { host, mayGo } = leaving();
    assert.equal(mayGo, false);
    const [call] = host.calls.values();
    assert.equal(recordedIn(call!.body)[0]?.attributes.get('url.path'), '/last');
    assert.equal(host.isDone, false);
    // Envoy may take the virtual machine away now.
    assertNothingLeft(host);
    host.answer(call!.token, answerOf(200));
    assert.equal(host.isDone, true);
    assert.equal(host.metrics.get('sp_agent_saved_spans'), 1);
    assertNothingLeft(host);
  });

  it('are not tried again then', () => {
    const { host } = leaving();
    host.answer([...host.calls.keys()][0]!, answerOf(503));
    assert.equal(host.isDone, true);
    assert.equal(host.calls.size, 0);
    assert.equal(host.metrics.get('sp_agent_dropped_retries'), 1);
    assertNothingLeft(host);
  });

  it('hold a configuration up only where there are some', () => {
    const host = configured();
    assert.notEqual(host.callback('proxy_on_done', rootContext), 0);
    assert.equal(host.calls.size, 0);
    assert.equal(host.isDone, false, 'the host knows already');
    assertNothingLeft(host);
  });

  it('do no harm when their answer comes after the end', () => {
    const { host } = leaving();
    const [token] = host.calls.keys();
    host.answer(token!, answerOf(200));
    host.callback('proxy_on_tick', rootContext);
    host.callback('proxy_on_http_call_response', rootContext, token!, 0, 0, 0);
    assertNothingLeft(host);
  });
});
