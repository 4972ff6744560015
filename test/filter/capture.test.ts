import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { filterModule } from '../support/filter-module.ts';
import { recordedIn } from '../support/recorded.ts';
import { StreamDriver } from '../support/stream-driver.ts';
import { rootContext, WasmHost } from '../support/wasm-host.ts';

const kibibyte = 1024;
const chunk = Buffer.alloc(kibibyte, 'text');

describe('The room for a body', () => {
  let module: WebAssembly.Module;

  before(async function () {
    // The first suite of a run compiles the filter.
    this.timeout(120_000);
    module = await WebAssembly.compile(await readFile(await filterModule()));
  });

  function start(memory: object = {}): WasmHost {
    const host = new WasmHost(module);
    host.properties.set('response.code_details', 'via_upstream');
    assert.ok(host.configure(JSON.stringify({ version: 1, lookup: { enabled: false }, memory })));
    return host;
  }

  function begin(host: WasmHost, declared: string): StreamDriver {
    const stream = new StreamDriver(host);
    stream.requestHeaders(
      [
        [':method', 'POST'],
        [':path', '/'],
        [':authority', 'h.test'],
        ['content-length', declared],
      ],
      false,
    );
    stream.requestBody(chunk, false);
    return stream;
  }

  function bytesInUse(host: WasmHost): number {
    host.callback('proxy_on_tick', rootContext);
    return host.metrics.get('sp_agent_memory_bytes') ?? 0;
  }

  it('is made at once where the length is known', () => {
    const host = start();
    const stream = begin(host, String(16 * kibibyte));
    const before = bytesInUse(host);
    for (let i = 1; i < 16; i++) stream.requestBody(chunk, i === 15);
    assert.equal(bytesInUse(host), before);
  });

  it('is in proportion to what has arrived, whatever was declared', () => {
    const host = start();
    const before = bytesInUse(host);
    begin(host, String(256 * kibibyte));
    const taken = bytesInUse(host) - before;
    assert.ok(taken < 24 * kibibyte, `${taken} bytes`);
  });

  for (const declared of ['1', '1500', '300000', '999999999', '99999999999', '-5', 'many', '']) {
    it(`holds all of a body that declares "${declared}" as its length`, () => {
      const host = start();
      const stream = begin(host, declared);
      stream.requestBody(chunk, true);
      stream.responseHeaders(
        [
          [':status', '200'],
          ['content-length', declared],
        ],
        false,
      );
      stream.responseBody(chunk, false);
      stream.responseBody(chunk, true);
      stream.close();
      host.callback('proxy_on_tick', rootContext);
      const [call] = host.calls.values();
      const [save] = recordedIn(call!.body);
      const body = Buffer.concat([chunk, chunk]);
      assert.deepEqual(save!.body('request'), body);
      assert.deepEqual(save!.body('response'), body);
    });
  }

  it('is smaller where memory is short', () => {
    const limit = 1024 * kibibyte;
    const host = start({ maxBytes: limit });
    while (bytesInUse(host) < limit - 16 * kibibyte) begin(host, String(256 * kibibyte));
    const before = bytesInUse(host);
    begin(host, String(256 * kibibyte));
    const taken = bytesInUse(host) - before;
    assert.ok(taken > kibibyte && taken < 8 * kibibyte, `${taken} bytes`);
    assert.equal(host.metrics.get('sp_agent_dropped_memory') ?? 0, 0);
  });

  it('is counted as missing where the module exports no memory', () => {
    const host = start({ maxBytes: 1024 * kibibyte });
    for (let i = 0; i < 1000; i++) begin(host, String(kibibyte));
    host.callback('proxy_on_tick', rootContext);
    const [dropped = 0, known = 0] = ['dropped_memory', 'streams'].map((name) =>
      host.metrics.get(`sp_agent_${name}`),
    );
    assert.ok(known < 1000);
    assert.ok(dropped >= 1000 - known, `${known} known, ${dropped} dropped`);
  });
});
