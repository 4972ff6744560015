import fc from 'fast-check';
import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { filterModule } from '../support/filter-module.ts';
import { filterMessage } from '../support/filter-span.ts';
import { fuzzFor } from '../support/fuzz-budget.ts';
import type { Header } from '../support/header-map.ts';
import { bytes, hostileAnswers, mutated } from '../support/hostile-bytes.ts';
import { StreamDriver, answerCalls, answerOf, settle } from '../support/stream-driver.ts';
import { rootContext, WasmHost, type HostAnswer } from '../support/wasm-host.ts';

const configuration = {
  version: 1,
  lookup: { withBody: true, cacheRules: 'none' },
  capture: {
    rules: [{ path: { regex: '/(a|b|c)*.*' } }, { path: { glob: '/**' } }],
    maxRequestBodyBytes: 2000,
    maxResponseBodyBytes: 2000,
    redact: { queryParameters: ['token'], jsonFields: ['password'] },
  },
  save: { maxSpans: 3, maxRetries: 2, maxQueueBytes: 40_000 },
};

const recording = filterMessage({
  type: 'extract',
  status: 200,
  responseHeaders: [
    ['content-type', 'application/json'],
    ['set-cookie', 'a=1'],
    ['set-cookie', 'b=2'],
  ],
  responseBody: Uint8Array.from([0, 255, 254, 10]),
});

const hit = answerOf(200, recording);
const miss = answerOf(404);
const accepted = answerOf(200);

const requestHeaders: Header[] = [
  [':method', 'POST'],
  [':path', '/aabb?token=secret&x=1'],
  [':authority', 'shop.example'],
  ['content-type', 'application/json'],
  ['traceparent', '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01'],
  ['tracestate', 'x-sp-session-id=abc,vendor=1'],
];

const responseHeaders: Header[] = [
  [':status', '200'],
  ['content-type', 'application/json'],
];

const jsonBody = Buffer.from('{"user":"a","password":"secret","list":[1,{"password":null}]}');

/** Linear memory may not exceed the filter's own cap by much: 64 MiB, and the static data before it. */
const memoryBytesMax = 66 * 1024 * 1024;

describe('fuzz: the filter in a strict host', function () {
  let module: WebAssembly.Module;

  before(async function () {
    this.timeout(120_000);
    module = new WebAssembly.Module(await readFile(await filterModule()));
  });

  this.timeout(Number(process.env['FUZZ_SECONDS'] ?? 30) * 2000 + 60_000);

  function start(config: object = configuration): WasmHost {
    const host = new WasmHost(module);
    host.properties.set('response.code_details', 'via_upstream');
    assert.ok(host.configure(JSON.stringify(config)), host.log.join('\n'));
    return host;
  }

  /** Bytes that have an owner, by the filter's own gauge. */
  function bytesInUse(host: WasmHost): number {
    settle(host, { lookup: miss, save: accepted });
    const bytes = host.metrics.get('sp_agent_memory_bytes');
    assert.ok(bytes, 'the gauge is absent');
    return bytes;
  }

  /**
   * Does something twice in one machine. Scratch space that the first time made larger is kept, so it is the second
   * time that must give back all that it took.
   */
  function assertNoLeak(host: WasmHost, something: () => void): void {
    something();
    const [before, memoryBefore] = [bytesInUse(host), host.memoryBytes];
    something();
    assert.equal(bytesInUse(host) - before, 0, 'bytes were not given back');
    assert.equal(host.memoryBytes, memoryBefore, 'linear memory grew the second time');
    assert.equal(host.metrics.get('sp_agent_streams') ?? 0, 0, 'a stream is still known');
    assert.ok(host.memoryBytes <= memoryBytesMax, `linear memory is ${host.memoryBytes} bytes`);
  }

  function exchange(host: WasmHost, answer: HostAnswer): StreamDriver {
    const driver = new StreamDriver(host);
    driver.requestHeaders(requestHeaders, false);
    driver.requestBody(jsonBody.subarray(0, 20), false);
    driver.requestBody(jsonBody.subarray(20), true);
    answerCalls(host, { lookup: answer, save: accepted });
    driver.responseHeaders(responseHeaders, false);
    driver.responseBody(jsonBody, true);
    return driver;
  }

  it('takes any answer to a lookup: never a trap, never a leak', () => {
    const answers = fc.oneof(
      bytes(200),
      mutated(recording),
      fc.constantFrom(...hostileAnswers),
      fc.tuple(mutated(recording), mutated(recording)).map((parts) => Buffer.concat(parts)),
    );
    const host = start();
    const check = (body: Uint8Array, status: number) =>
      assertNoLeak(host, () => {
        const driver = exchange(host, answerOf(status, body));
        assert.ok(!driver.isHeld, 'the request is still held');
        driver.close();
      });
    for (const body of hostileAnswers) check(body, 200);
    fc.assert(fc.property(answers, fc.constantFrom(200, 200, 200, 404, 500), check), fuzzFor(0.2));
  });

  it('takes any headers and bodies: never a trap, never a leak', () => {
    const text = (maxLength: number) => bytes(maxLength).map((all) => Buffer.from(all).toString('latin1'));
    const known = fc.constantFrom(
      ...[
        ':method',
        ':path',
        ':authority',
        'content-type',
        'content-length',
        'content-encoding',
        'traceparent',
      ],
      ...['tracestate', 'x-softprobe-session-id', 'referer', 'upgrade', 'cookie', ':status', 'location', ''],
    );
    const value = fc.oneof(
      text(80),
      fc.constantFrom(
        'GET',
        '/x?token=1&token',
        'application/json',
        '200',
        '99999999999',
        'gzip',
        ',,,',
        '%',
        '?',
      ),
      mutated(Buffer.from('00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01')).map((all) =>
        Buffer.from(all).toString('latin1'),
      ),
    );
    const headers = fc.array(fc.tuple(fc.oneof(known, text(20)), value), { maxLength: 40 });
    const body = fc.oneof(bytes(2500), mutated(jsonBody), bytes(10));
    const host = start();
    fc.assert(
      fc.property(headers, headers, fc.array(body, { maxLength: 3 }), (request, response, chunks) =>
        assertNoLeak(host, () => {
          const driver = new StreamDriver(host);
          driver.requestHeaders(
            [...requestHeaders.slice(0, request.length % 4), ...request],
            chunks.length === 0,
          );
          chunks.forEach((chunk, index) => driver.requestBody(chunk, index === chunks.length - 1));
          answerCalls(host, { lookup: miss, save: accepted });
          assert.ok(!driver.isHeld, 'the request is still held');
          driver.responseHeaders([...responseHeaders.slice(0, response.length % 3), ...response], false);
          chunks.forEach((chunk) => driver.responseBody(chunk, false));
          driver.responseTrailers();
          driver.close();
        }),
      ),
      fuzzFor(0.2),
    );
  });

  it('takes any configuration: in force or refused with a reason, never a trap', () => {
    const valid = Buffer.from(JSON.stringify(configuration));
    const path = fc.constantFrom(
      ...'version lookup capture backend save agent redact rules path holdTimeoutMs'.split(' '),
    );
    const json = fc.oneof(
      bytes(100),
      mutated(valid),
      fc.json().map((text) => Buffer.from(text)),
      fc
        .tuple(fc.constantFrom('[', '{"a":', '[{"b":'), fc.nat(20_000))
        .map(([open, depth]) => Buffer.from(open.repeat(depth))),
      fc
        .dictionary(path, fc.dictionary(path, fc.jsonValue()))
        .map((sections) => Buffer.from(JSON.stringify({ version: 1, ...sections }))),
      fc
        .string({ unit: fc.constantFrom(...'abc.*+?|()[]{}^$\\dws0,9-') })
        .map((regex) =>
          Buffer.from(JSON.stringify({ version: 1, capture: { rules: [{ path: { regex } }] } })),
        ),
    );
    fc.assert(
      fc.property(json, (text) => {
        const host = new WasmHost(module);
        if (host.configure(text)) {
          exchange(host, miss).close();
          settle(host, { lookup: miss, save: accepted });
        } else {
          assert.match(host.log.at(-1) ?? '', /^SP configuration refused: ./);
        }
        host.callback('proxy_on_done', rootContext);
        host.callback('proxy_on_delete', rootContext);
        assert.ok(host.memoryBytes <= memoryBytesMax, `linear memory is ${host.memoryBytes} bytes`);
      }),
      fuzzFor(0.2),
    );
  });

  it('survives each host call returning each error', () => {
    const complete = (host: WasmHost, answer: HostAnswer) => {
      exchange(host, answer).close();
      settle(host, { lookup: miss, save: accepted });
    };
    for (const answer of [hit, miss, answerOf(500), { headers: [], body: new Uint8Array() }]) {
      const host = start();
      complete(host, answer);
      const first = host.callCount;
      complete(host, answer);
      const calls = host.callCount - first;
      assert.ok(calls > 10, 'an exchange makes host calls');
      for (const onwards of [false, true]) {
        for (let failing = 0; failing < calls; failing++) {
          for (let status = 1; status <= 12; status++) {
            assertNoLeak(host, () => {
              const from = host.callCount;
              host.failure = (_, index) =>
                index - from === failing || (onwards && index - from > failing) ? status : undefined;
              complete(host, answer);
              host.failure = () => undefined;
            });
          }
        }
      }
    }
  });

  it('survives a host that fails while it configures', () => {
    const probe = start();
    for (let failing = 0; failing < probe.callCount; failing++) {
      for (const status of [1, 2, 6, 7, 10, 12]) {
        const host = new WasmHost(module);
        host.failure = (_, index) => (index === failing ? status : undefined);
        host.configure(JSON.stringify(configuration));
        host.failure = () => undefined;
        exchange(host, miss).close();
        settle(host, { lookup: miss, save: accepted });
      }
    }
  });

  it('takes callbacks in any order that the ABI allows', () => {
    const chunk = fc.constantFrom(0, 1, 300, 1999, 5000).map((size) => Buffer.alloc(size, 0x7b));
    const step = fc.record({
      stream: fc.nat(2),
      what: fc.constantFrom(
        ...(['requestHeaders', 'requestBody', 'requestTrailers', 'responseHeaders', 'responseBody'] as const),
        ...(['responseTrailers', 'answer', 'answer', 'tick', 'close'] as const),
      ),
      isEnd: fc.boolean(),
      chunk,
      answer: fc.constantFrom(hit, miss, accepted, answerOf(503), { headers: [], body: new Uint8Array() }),
    });
    const play = (
      host: WasmHost,
      steps: readonly (typeof step extends fc.Arbitrary<infer T> ? T : never)[],
    ) => {
      const drivers = [0, 1, 2].map(() => new StreamDriver(host));
      for (const { stream, what, isEnd, chunk, answer } of steps) {
        const driver = drivers[stream]!;
        switch (what) {
          case 'requestHeaders':
            driver.requestHeaders(isEnd ? requestHeaders.slice(0, 3) : requestHeaders, isEnd);
            break;
          case 'responseHeaders':
            driver.responseHeaders(responseHeaders, isEnd);
            break;
          case 'requestBody':
          case 'responseBody':
            driver[what](chunk, isEnd);
            break;
          case 'requestTrailers':
          case 'responseTrailers':
          case 'close':
            driver[what]();
            break;
          case 'answer': {
            const [token] = host.calls.keys();
            if (token !== undefined) host.answer(token, answer);
            break;
          }
          case 'tick':
            host.callback('proxy_on_tick', rootContext);
        }
      }
      for (const driver of drivers) driver.close();
      settle(host, { lookup: miss, save: accepted });
    };
    const host = start();
    fc.assert(
      fc.property(fc.array(step, { maxLength: 60 }), (steps) => assertNoLeak(host, () => play(host, steps))),
      fuzzFor(0.2),
    );
  });
});
