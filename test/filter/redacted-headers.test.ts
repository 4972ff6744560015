import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { filterModule } from '../support/filter-module.ts';
import type { Header } from '../support/header-map.ts';
import { recordedIn } from '../support/recorded.ts';
import { StreamDriver } from '../support/stream-driver.ts';
import { rootContext, WasmHost } from '../support/wasm-host.ts';

const headers: readonly Header[] = [
  ['authorization', 's3cret'],
  ['x-own', 's3cret'],
  ['x-plain', 'seen'],
];

/** Names of the headers whose values do not leave the proxy. */
function redactedBy(module: WebAssembly.Module, redact: object): string[] {
  const host = new WasmHost(module);
  host.properties.set('response.code_details', 'via_upstream');
  const configuration = { version: 1, lookup: { enabled: false }, capture: { redact } };
  assert.ok(host.configure(JSON.stringify(configuration)), host.log.join());
  const driver = new StreamDriver(host);
  const head: Header[] = [
    [':method', 'GET'],
    [':path', '/'],
    [':authority', 'h.test'],
  ];
  driver.requestHeaders([...head, ...headers], true);
  driver.responseHeaders([[':status', '200']], true);
  driver.close();
  host.callback('proxy_on_tick', rootContext);
  const [save] = host.calls.values();
  assert.ok(save, 'nothing was recorded');
  const [recorded] = recordedIn(save.body);
  return headers.flatMap(([name, value]) =>
    recorded?.all(`http.request.header.${name}`)?.includes(value) ? [] : [name],
  );
}

describe('the headers that the filter redacts', () => {
  let module: WebAssembly.Module;
  before(async function () {
    this.timeout(120_000);
    module = new WebAssembly.Module(await readFile(await filterModule()));
  });

  const lists: readonly (readonly [what: string, redact: object, redacted: readonly string[]])[] = [
    ['the credentials by default', {}, ['authorization']],
    ['more headers besides them', { moreHeaders: ['X-Own'] }, ['authorization', 'x-own']],
    ['other headers instead of them', { headers: ['x-plain'] }, ['x-plain']],
    ['none where the list is empty', { headers: [] }, []],
    ['both lists, `headers` last', { moreHeaders: ['x-own'], headers: ['x-plain'] }, ['x-own', 'x-plain']],
    ['both lists, `headers` first', { headers: ['x-plain'], moreHeaders: ['x-own'] }, ['x-own', 'x-plain']],
  ];
  for (const [what, redact, redacted] of lists) {
    it(`are ${what}`, () => {
      assert.deepEqual(redactedBy(module, redact), redacted);
    });
  }
});
