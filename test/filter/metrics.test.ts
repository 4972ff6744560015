import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { filterModule } from '../support/filter-module.ts';
import { filterMessage } from '../support/filter-span.ts';
import type { Header } from '../support/header-map.ts';
import { StreamDriver, answerCalls, answerOf, settle, tickUntilFlush } from '../support/stream-driver.ts';
import { WasmHost, rootContext } from '../support/wasm-host.ts';

const hit = answerOf(200, filterMessage({ type: 'extract', status: 200, responseBody: 'recorded' }));
const miss = answerOf(404);
const accepted = answerOf(200);

describe('A statistic', () => {
  let module: WebAssembly.Module;

  before(async function () {
    // The first suite of a run compiles the filter.
    this.timeout(120_000);
    module = await WebAssembly.compile(await readFile(await filterModule()));
  });

  function start(configuration: object = {}): WasmHost {
    const host = new WasmHost(module);
    host.properties.set('response.code_details', 'via_upstream');
    assert.ok(host.configure(JSON.stringify({ version: 1, ...configuration })));
    return host;
  }

  function begin(host: WasmHost, isEnd = true, headers: Header[] = []): StreamDriver {
    const stream = new StreamDriver(host);
    const method = isEnd ? 'GET' : 'POST';
    stream.requestHeaders([[':method', method], [':path', '/'], [':authority', 'h.test'], ...headers], isEnd);
    return stream;
  }

  function metric(host: WasmHost, name: string): number {
    tickUntilFlush(host);
    return host.metrics.get(`sp_agent_${name}`) ?? 0;
  }

  it('counts the lookups that hit and those that miss', () => {
    const host = start();
    for (const lookup of [hit, miss, hit]) {
      begin(host);
      answerCalls(host, { lookup, save: accepted });
    }
    assert.equal(metric(host, 'lookup_hits'), 2);
    assert.equal(metric(host, 'lookup_misses'), 1);
  });

  it('measures how many milliseconds a lookup took', () => {
    const host = start();
    begin(host);
    host.nanoseconds += 7_000_000n;
    answerCalls(host, { lookup: miss, save: accepted });
    assert.equal(host.metrics.get('sp_agent_lookup_milliseconds'), 7);
  });

  it('measures the first 16 lookups after each tick', () => {
    const host = start();
    let measured = 0;
    host.failure = (call) => void (measured += Number(call === 'proxy_record_metric'));
    for (const expected of [16, 32]) {
      for (let lookup = 0; lookup < 20; lookup++) {
        begin(host);
        answerCalls(host, { lookup: miss, save: accepted });
      }
      assert.equal(measured, expected);
      host.callback('proxy_on_tick', rootContext);
    }
  });

  it('counts the bytes that were saved, once they are accepted', () => {
    const host = start({ lookup: { enabled: false } });
    const stream = begin(host);
    stream.responseHeaders([[':status', '200']], true);
    stream.close();
    assert.equal(metric(host, 'saved_bytes'), 0);
    const [call] = host.calls.values();
    assert.ok(call && call.body.length > 0);
    settle(host, { lookup: miss, save: accepted });
    assert.equal(metric(host, 'saved_bytes'), call.body.length);
  });

  it('counts requests whose body is above the cap, declared or found', () => {
    const host = start({
      // Longer than the time in which counters are brought to the host.
      lookup: { withBody: true, holdTimeoutMs: 60_000, cacheRules: 'none' },
      capture: { maxRequestBodyBytes: 1000 },
    });
    begin(host, false, [['content-length', '1001']]);
    assert.equal(metric(host, 'skipped_body'), 1);
    const stream = begin(host, false);
    stream.requestBody(Buffer.alloc(600), false);
    assert.equal(metric(host, 'skipped_body'), 1);
    stream.requestBody(Buffer.alloc(600), false);
    assert.equal(metric(host, 'skipped_body'), 2);
    assert.equal(host.calls.size, 0);
  });

  it('counts messages whose headers the host cannot pass', () => {
    const host = start({ lookup: { enabled: false } });
    // What Envoy gives instead of more than 1,024: none.
    host.callback('proxy_on_request_headers', host.openStream(), 2000, 1);
    assert.equal(metric(host, 'dropped_headers'), 1);
    const stream = begin(host);
    host.callback('proxy_on_response_headers', stream.id, 2000, 1);
    assert.equal(metric(host, 'dropped_headers'), 2);
  });
});
