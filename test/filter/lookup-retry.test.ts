import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { filterModule } from '../support/filter-module.ts';
import { StreamDriver, answerOf } from '../support/stream-driver.ts';
import { WasmHost, type HostAnswer } from '../support/wasm-host.ts';

const broken: HostAnswer = { headers: [], body: new Uint8Array() };
const madeByEnvoy = answerOf(503);
const madeByBackend: HostAnswer = {
  headers: [...madeByEnvoy.headers, ['x-envoy-upstream-service-time', '1']],
  body: new Uint8Array(),
};

describe('A lookup without an answer', () => {
  let module: WebAssembly.Module;

  before(async function () {
    // The first suite of a run compiles the filter.
    this.timeout(120_000);
    module = await WebAssembly.compile(await readFile(await filterModule()));
  });

  /** Answers each lookup of one request after so long, and returns how many there were. */
  function lookups(answer: HostAnswer, milliseconds = 1): number {
    const host = new WasmHost(module);
    assert.ok(host.configure('{"version":1,"backend":{"timeoutMs":1000}}'));
    const stream = new StreamDriver(host);
    const headers: [string, string][] = [
      [':method', 'GET'],
      [':path', '/'],
      [':authority', 'h.test'],
    ];
    stream.requestHeaders(headers, true);
    let count = 0;
    for (let calls = [...host.calls.values()]; calls.length > 0; calls = [...host.calls.values()]) {
      host.nanoseconds += BigInt(milliseconds) * 1_000_000n;
      for (const { token } of calls) host.answer(token, answer);
      count += calls.length;
    }
    assert.equal(stream.isHeld, false);
    return count;
  }

  it('is sent once more', () => {
    assert.equal(lookups(broken), 2);
    assert.equal(lookups(madeByEnvoy), 2);
  });

  it('is not sent again when the backend has answered', () => {
    for (const answer of [answerOf(404), answerOf(500), answerOf(504), madeByBackend])
      assert.equal(lookups(answer), 1);
  });

  it('is not sent again when its time is over', () => {
    assert.equal(lookups(broken, 1000), 1);
  });
});
