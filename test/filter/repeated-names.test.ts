import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { decodeTraces, spansOf } from '../../operator/backend/protocol/otlp.ts';
import { filterModule } from '../support/filter-module.ts';
import type { Header } from '../support/header-map.ts';
import { StreamDriver, answerCalls, answerOf } from '../support/stream-driver.ts';
import { WasmHost } from '../support/wasm-host.ts';

// The filter keeps its last answers by name in 64 slots: of so many names, some share one.
const names = Array.from({ length: 100 }, (_, index) => [`x-${index}-token`, `x-${index}-taken`]).flat();
const headers: Header[] = [
  [':method', 'GET'],
  [':path', '/'],
  [':authority', 'h.test'],
  ...names.map((name): Header => [name, 'value']),
];
const prefix = 'http.request.header.';

describe('A header that comes again', () => {
  it('is redacted as it was before, whatever other names came in between', async function () {
    // The first suite of a run compiles the filter.
    this.timeout(120_000);
    const host = new WasmHost(await WebAssembly.compile(await readFile(await filterModule())));
    assert.ok(host.configure('{"version":1,"lookup":{"cacheRules":"none"}}'));
    for (let request = 0; request < 3; request++) {
      const stream = new StreamDriver(host);
      stream.requestHeaders(headers, true);
      const [call] = host.calls.values();
      assert.ok(call);
      const [found] = spansOf(decodeTraces(call.body));
      const recorded = found?.span.attributes?.filter(({ key }) => key?.startsWith(prefix)) ?? [];
      assert.deepEqual(
        recorded.map(({ key, value }) => [key?.slice(prefix.length), value?.stringValue]),
        names.map((name) => [name, name.endsWith('token') ? '[redacted]' : 'value']),
      );
      answerCalls(host, { lookup: answerOf(404), save: answerOf(200) });
      stream.close();
    }
  });
});
