import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { eventually } from '../support/eventually.ts';
import { describeInEnvoy, freshPath, type FilterFixture } from '../support/filter-fixture.ts';
import { filterModule } from '../support/filter-module.ts';
import { recordedIn } from '../support/recorded.ts';
import { StreamDriver, answerOf } from '../support/stream-driver.ts';
import { rootContext, WasmHost, type HostAnswer } from '../support/wasm-host.ts';

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

/** A filter that only saves, in a host that has gone through one request. */
function recordOne(module: WebAssembly.Module, save: object = {}): WasmHost {
  const host = new WasmHost(module);
  host.properties.set('response.code_details', 'via_upstream');
  assert.ok(host.configure(JSON.stringify({ version: 1, lookup: off, save })));
  const stream = new StreamDriver(host);
  stream.requestHeaders(
    [
      [':method', 'GET'],
      [':path', '/last'],
      [':authority', 'h.test'],
    ],
    true,
  );
  stream.responseHeaders([[':status', '200']], true);
  stream.close();
  assert.equal(host.calls.size, 0);
  return host;
}

function answerSave(host: WasmHost, answer: HostAnswer): void {
  assert.equal(host.calls.size, 1);
  host.answer([...host.calls.keys()][0]!, answer);
}

describe('A save that the backend cannot take', () => {
  const second = 1_000_000_000n;
  const broken: HostAnswer = { headers: [], body: new Uint8Array() };
  let module: WebAssembly.Module;

  before(async function () {
    // The first suite of a run compiles the filter.
    this.timeout(120_000);
    module = await WebAssembly.compile(await readFile(await filterModule()));
  });

  function tick(host: WasmHost): number {
    host.callback('proxy_on_tick', rootContext);
    return host.calls.size;
  }

  /** The last save fails: after how many seconds, and not earlier, it is sent again. */
  function assertSentAgain(host: WasmHost, answer: HostAnswer, seconds: number): void {
    answerSave(host, answer);
    const due = host.nanoseconds + BigInt(seconds) * second;
    host.nanoseconds = due - 10_000n;
    assert.equal(tick(host), 0, `it is sent again before ${seconds} s`);
    host.nanoseconds = due;
    assert.equal(tick(host), 1, `it is not sent again after ${seconds} s`);
  }

  it('is sent again twice as late each time', () => {
    const host = recordOne(module);
    assert.equal(tick(host), 1);
    for (const seconds of [1, 2, 4]) assertSentAgain(host, answerOf(503), seconds);
    answerSave(host, answerOf(503));
    host.nanoseconds += 3600n * second;
    assert.equal(tick(host), 0, 'it is sent again after the last retry');
    assert.equal(host.metrics.get('sp_agent_save_retries'), 3);
    assert.equal(host.metrics.get('sp_agent_dropped_retries'), 1);
  });

  it('is never sent later than after 30 s', () => {
    const host = recordOne(module, { flushMs: 20_000 });
    assert.equal(tick(host), 1);
    for (const seconds of [20, 30, 30]) assertSentAgain(host, answerOf(503), seconds);
  });

  for (const [name, answer] of [
    ['asks for fewer calls', answerOf(429)],
    ['breaks the connection', broken],
  ] as const) {
    it(`is sent again when it ${name}`, () => {
      const host = recordOne(module);
      assert.equal(tick(host), 1);
      assertSentAgain(host, answer, 1);
      answerSave(host, answerOf(200));
      tick(host);
      assert.equal(host.metrics.get('sp_agent_saved_spans'), 1);
      assert.equal(host.metrics.get('sp_agent_dropped_refused') ?? 0, 0);
    });
  }

  const reset = 'upstream connect error or disconnect/reset before headers. reset reason: ';
  const ofEnvoy = (reason: string) => answerOf(503, Buffer.from(reason));
  const ofBackend: HostAnswer = {
    headers: [
      [':status', '503'],
      ['x-envoy-upstream-service-time', '1'],
    ],
    body: Buffer.from(`${reset}remote connection failure`),
  };
  for (const [name, answer, isSentAgain] of [
    ['no connection could be made', ofEnvoy(`${reset}remote connection failure`), true],
    ['there is no backend', ofEnvoy('no healthy upstream'), true],
    ['the backend asks for fewer calls', answerOf(429), true],
    ['the connection broke', ofEnvoy(`${reset}connection termination`), false],
    ['the backend itself answers 503', ofBackend, false],
    ['the time-out passed', answerOf(504), false],
    ['there was no answer', broken, false],
  ] as const) {
    it(`is ${isSentAgain ? '' : 'not '}sent again with save.retry: refused where ${name}`, () => {
      const host = recordOne(module, { retry: 'refused' });
      assert.equal(tick(host), 1);
      answerSave(host, answer);
      host.nanoseconds += 3600n * second;
      assert.equal(tick(host), isSentAgain ? 1 : 0);
      assert.equal(host.metrics.get('sp_agent_dropped_retries') ?? 0, isSentAgain ? 0 : 1);
    });
  }
});

describe('The last saves', () => {
  let module: WebAssembly.Module;

  before(async function () {
    // The first suite of a run compiles the filter.
    this.timeout(120_000);
    module = await WebAssembly.compile(await readFile(await filterModule()));
  });

  /** The machine's part of the gauges that all share. */
  function assertNothingLeft({ metrics }: WasmHost): void {
    for (const name of ['memory_bytes', 'linear_memory_bytes', 'streams']) {
      assert.equal(metrics.get(`sp_agent_${name}`) ?? 0, 0, name);
    }
  }

  function go(host: WasmHost): boolean {
    return host.callback('proxy_on_done', rootContext) !== 0;
  }

  /** A host whose configuration goes while one span waits: what it calls then. */
  function leaving(): { host: WasmHost; mayGo: boolean } {
    const host = recordOne(module);
    return { host, mayGo: go(host) };
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

  it('are among them that wait to be tried again, for which it is now or never', () => {
    for (const [status, metric] of [
      [200, 'saved_spans'],
      [503, 'dropped_retries'],
    ] as const) {
      const host = recordOne(module);
      host.callback('proxy_on_tick', rootContext);
      answerSave(host, answerOf(503));
      assert.equal(host.calls.size, 0, 'it waits');
      assert.equal(go(host), false);
      answerSave(host, answerOf(status));
      assert.equal(host.isDone, true);
      assert.equal(host.calls.size, 0);
      assert.equal(host.metrics.get(`sp_agent_${metric}`), 1);
      assertNothingLeft(host);
    }
  });

  it('hold a configuration up only where there are some', () => {
    const host = new WasmHost(module);
    assert.ok(host.configure('{"version":1}'));
    assert.equal(go(host), true);
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
