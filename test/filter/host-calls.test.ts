import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { filterModule } from '../support/filter-module.ts';
import { filterMessage } from '../support/filter-span.ts';
import type { Header } from '../support/header-map.ts';
import { StreamDriver, answerCalls, answerOf } from '../support/stream-driver.ts';
import { WasmHost, type HostAnswer } from '../support/wasm-host.ts';

const typed: Header[] = [['content-type', 'text/plain']];
const hit = answerOf(
  200,
  filterMessage({ type: 'extract', status: 200, responseHeaders: typed, responseBody: 'recorded' }),
);
const miss = answerOf(404);
const body = Buffer.from('a body');

interface Case {
  readonly name: string;
  readonly method: string;
  readonly path: string;
  readonly session?: boolean;
  readonly answer: HostAnswer;
  readonly calls: number;
}

/** What a request of the usual kind makes the filter ask of the host, its save aside, which goes out with many others. */
const wanted: readonly Case[] = [
  { name: 'a GET that hits', method: 'GET', path: '/', answer: hit, calls: 9 },
  { name: 'a GET that misses', method: 'GET', path: '/', answer: miss, calls: 12 },
  { name: 'a held POST that hits', method: 'POST', path: '/', answer: hit, calls: 11 },
  { name: 'a held POST that misses', method: 'POST', path: '/', answer: miss, calls: 14 },
  {
    name: 'a GET in a session that misses',
    method: 'GET',
    path: '/',
    session: true,
    answer: miss,
    calls: 14,
  },
  { name: 'a request that is left alone', method: 'GET', path: '/v1/traces', answer: miss, calls: 2 },
];

// Each is a way out of the virtual machine, and many a way in again: they are most of what a request costs.
describe('Host calls', () => {
  let module: WebAssembly.Module;

  before(async function () {
    // The first suite of a run compiles the filter.
    this.timeout(120_000);
    module = await WebAssembly.compile(await readFile(await filterModule()));
  });

  for (const each of wanted) {
    it(`are ${each.calls} for ${each.name}`, () => {
      const host = new WasmHost(module);
      assert.ok(
        host.configure(
          '{"version":1,"revision":"0123456789ab","lookup":{"withBody":true,"cacheRules":"none"}}',
        ),
      );
      // The first request fills the pool of random bytes.
      exchange(host, each);
      const made = exchange(host, each);
      assert.equal(made.length, each.calls, made.join(' '));
    });
  }
});

/** Sends a request to its end, and returns the names of the host calls. */
function exchange(host: WasmHost, { method, path, session, answer }: Case): string[] {
  const calls: string[] = [];
  host.failure = (call) => void calls.push(call);
  const stream = new StreamDriver(host);
  const isEnd = method === 'GET';
  const length: Header[] = isEnd ? [] : [['content-length', String(body.length)]];
  const ids: Header[] = session ? [['x-softprobe-session-id', 'a']] : [];
  stream.requestHeaders(
    [[':method', method], [':path', path], [':authority', 'h.test'], ...length, ...ids],
    isEnd,
  );
  stream.requestBody(body, true);
  answerCalls(host, { lookup: answer, save: answerOf(200) });
  stream.responseHeaders(
    [
      [':status', '200'],
      ['x-envoy-upstream-service-time', '1'],
    ],
    false,
  );
  stream.responseBody(body, true);
  stream.close();
  return calls;
}
