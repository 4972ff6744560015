import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { filterModule } from '../support/filter-module.ts';
import { answerOf, StreamDriver } from '../support/stream-driver.ts';
import { rootContext, WasmHost } from '../support/wasm-host.ts';

const revision = 'aaaaaaaaaaaa';

describe('A revision in the statistics of its proxy', () => {
  let module: WebAssembly.Module;

  before(async function () {
    // The first suite of a run compiles the filter.
    this.timeout(120_000);
    module = await WebAssembly.compile(await readFile(await filterModule()));
  });

  function start(configuration: object = {}): WasmHost {
    const host = new WasmHost(module);
    host.properties.set('response.code_details', 'via_upstream');
    const text = JSON.stringify({ version: 1, revision, lookup: { enabled: false }, ...configuration });
    assert.ok(host.configure(text));
    return host;
  }

  function tick(host: WasmHost): void {
    host.callback('proxy_on_tick', rootContext);
  }

  function statistic(host: WasmHost, name: string): number | undefined {
    return host.metrics.get(`sp_agent_revision_${revision}_${name}`);
  }

  function request(host: WasmHost, path = '/', status = 200): void {
    const headers: [string, string][] = [
      [':method', 'GET'],
      [':path', path],
      [':authority', 'h.test'],
    ];
    const stream = new StreamDriver(host);
    stream.requestHeaders(headers, true);
    stream.responseHeaders([[':status', String(status)]], true);
    stream.close();
  }

  it('counts the requests that it handles, also those that it leaves alone', () => {
    const host = start();
    request(host);
    request(host, '/v1/traces');
    tick(host);
    assert.equal(statistic(host, 'outbound_requests'), 2);
    request(host);
    tick(host);
    assert.equal(statistic(host, 'outbound_requests'), 3);
  });

  it('counts responses by the class of their status, and none outside of 200 to 599', () => {
    const host = start();
    const statuses = [101, 200, 299, 302, 404, 410, 499, 500, 503, 600];
    for (const [index, status] of statuses.entries()) request(host, index % 2 ? '/' : '/v1/traces', status);
    tick(host);
    const counts = ['2xx', '3xx', '4xx', '5xx'].map((name) => statistic(host, `outbound_responses_${name}`));
    assert.deepEqual(counts, [2, 1, 3, 2]);
  });

  it('says on which side of the proxy it runs', () => {
    const host = start({ direction: 'inbound' });
    request(host);
    tick(host);
    assert.equal(statistic(host, 'inbound_requests'), 1);
    assert.equal(statistic(host, 'outbound_requests'), undefined);
  });

  it('shows the time of its last tick', () => {
    const host = start();
    tick(host);
    assert.equal(statistic(host, 'outbound_last_tick_seconds'), Number(host.nanoseconds / 1_000_000_000n));
    host.nanoseconds += 5_000_000_000n;
    tick(host);
    assert.equal(statistic(host, 'outbound_last_tick_seconds'), Number(host.nanoseconds / 1_000_000_000n));
  });

  it('shows no context before the first tick, as Envoy tries a configuration in a machine that never ticks', () => {
    const host = start();
    assert.equal(statistic(host, 'outbound_contexts'), undefined);
    tick(host);
    tick(host);
    assert.equal(statistic(host, 'outbound_contexts'), 1);
  });

  it('withdraws its part when its configuration ends, and reports the last requests', () => {
    const host = start();
    tick(host);
    request(host);
    host.callback('proxy_on_done', rootContext);
    assert.equal(statistic(host, 'outbound_contexts'), 0);
    assert.equal(statistic(host, 'outbound_last_tick_seconds'), 0);
    assert.equal(statistic(host, 'outbound_requests'), 1);
  });

  it('does not come back while its configuration waits for the answers to its last saves', () => {
    const host = start();
    tick(host);
    request(host);
    host.callback('proxy_on_done', rootContext);
    assert.equal(host.calls.size, 1);
    tick(host);
    assert.equal(statistic(host, 'outbound_contexts'), 0);
    for (const { token } of host.calls.values()) host.answer(token, answerOf(200));
    tick(host);
    assert.equal(statistic(host, 'outbound_contexts'), 0);
  });

  it('is absent where the configuration names no revision', () => {
    const host = start({ revision: undefined });
    tick(host);
    assert.deepEqual(
      [...host.metrics.keys()].filter((name) => name.includes('revision')),
      [],
    );
  });

  it('is repeated with the next tick when the host does not accept it', () => {
    const host = start();
    request(host);
    host.failure = (call) => (call === 'proxy_increment_metric' ? 2 : undefined);
    tick(host);
    host.failure = () => undefined;
    tick(host);
    assert.equal(statistic(host, 'outbound_contexts'), 1);
    assert.equal(statistic(host, 'outbound_requests'), 1);
    assert.equal(statistic(host, 'outbound_responses_2xx'), 1);
    assert.equal(statistic(host, 'outbound_last_tick_seconds'), Number(host.nanoseconds / 1_000_000_000n));
  });

  it('has a marker in the module, by which the operator knows that these statistics exist', () => {
    assert.ok('sp_agent_reports_revision' in start().exports);
  });
});
