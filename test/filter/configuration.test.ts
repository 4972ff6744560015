import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { eventually } from '../support/eventually.ts';
import { configurationText, describeInEnvoy, freshPath, startFilter } from '../support/filter-fixture.ts';
import { filterModule } from '../support/filter-module.ts';
import { StreamDriver } from '../support/stream-driver.ts';
import { WasmHost } from '../support/wasm-host.ts';

/** A configuration that is refused → what the log says about it. */
const refused: [string, string | object, RegExp][] = [
  ['text that is not JSON', '{"version":1', /SP configuration refused: .*not JSON at byte 12/],
  ['an array', '[]', /configuration: expected an object/],
  ['something behind the end', '{"version":1}}', /not JSON at byte 13/],
  ['a deep value', `{"version":1,"capture":${'['.repeat(100_000)}`, /SP configuration refused: /],
  ['an unknown key', { lookups: {} }, /lookups: unknown key/],
  ['an unknown key inside', { capture: { redact: { header: [] } } }, /capture\.redact\.header: unknown key/],
  ['a key that comes twice', '{"version":1,"lookup":{"strict":true},"lookup":{}}', /: lookup: repeated key/],
  ['a version that comes twice', '{"version":1,"version":1}', /: version: repeated key/],
  [
    'a key that comes twice inside',
    '{"version":1,"capture":{"rules":[{"path":{"exact":"/"}},{"host":{"exact":"h"},"path":{"exact":"/"},"host":{"exact":"i"}}]}}',
    /capture\.rules\[1\]\.host: repeated key/,
  ],
  ['another version', { version: 2 }, /version: expected a whole number in range/],
  [
    'a number out of range',
    { lookup: { circuitBreaker: { failures: 1001 } } },
    /lookup\.circuitBreaker\.failures: expected a whole number in range/,
  ],
  [
    'a hold without a bound',
    { lookup: { holdTimeoutMs: 0 } },
    /lookup\.holdTimeoutMs: expected a whole number/,
  ],
  ['a wrong type', { lookup: { enabled: 'yes' } }, /lookup\.enabled: expected true or false/],
  ['a fraction', { save: { flushMs: 10.5 } }, /save\.flushMs: expected a whole number in range/],
  ['a number out of range', { save: { flushMs: 1 } }, /save\.flushMs: expected a whole number in range/],
  ['a number that a zero leads', '{"version":01}', /version: expected a whole number in range/],
  [
    'a number without digits',
    '{"version":1,"save":{"flushMs":}}',
    /save\.flushMs: expected a whole number in range/,
  ],
  ['a ratio that begins with the point', ratio('.5'), /capture\.sampleRatio: expected a number from 0 to 1/],
  ['a ratio that ends with the point', ratio('1.'), /capture\.sampleRatio: expected a number from 0 to 1/],
  ['a ratio that a zero leads', ratio('00.5'), /capture\.sampleRatio: expected a number from 0 to 1/],
  ['a ratio with an exponent', ratio('1e-7'), /not JSON at byte 39/],
  [
    'a ratio above one',
    { capture: { sampleRatio: 1.5 } },
    /capture\.sampleRatio: expected a number from 0 to 1/,
  ],
  ['a bad word', { direction: 'up' }, /direction: expected "inbound" or "outbound"/],
  ['a bad revision', { revision: 'XYZ' }, /revision: expected 12 lower-case hexadecimal digits/],
  ['a bad status', { capture: { statuses: ['2xx', '1xx'] } }, /capture\.statuses\[1\]: expected a class/],
  ['an empty cluster', { backend: { cluster: '' } }, /backend\.cluster: must not be empty/],
  [
    'a header in disguise',
    { backend: { authority: 'a\r\nb: c' } },
    /backend\.authority: must not hold blanks or control/,
  ],
  ['a key in disguise', '{"public_key":"a\\r\\nb: c"}', /: public_key: must not hold blanks or control/],
  [
    'a URL in disguise',
    '{"sp_backend_url":"http://a\\r\\nb: c"}',
    /sp_backend_url: must not hold blanks or control/,
  ],
  [
    'two matchers at once',
    rule({ exact: '/', prefix: '/' }),
    /rules\[0\]\.path\.prefix: expected exactly one/,
  ],
  ['no matcher', rule({}), /rules\[0\]\.path: expected exactly one/],
  ['an open group', rule({ regex: '/(a' }), /rules\[0\]\.path\.regex: "\/\(a" at 3: missing \)/],
  ['a stray parenthesis', rule({ regex: 'a)' }), /"a\)" at 1: unexpected \)/],
  ['a stray star', rule({ regex: '*a' }), /"\*a" at 0: nothing to repeat/],
  ['a back-reference', rule({ regex: '(a)\\1' }), /unknown escape/],
  ['look-ahead', rule({ regex: '(?=a)' }), /unsupported group/],
  ['an open class', rule({ regex: '[a-' }), /bad character class/],
  ['a repetition without end', rule({ regex: 'a{5,2}' }), /bad repetition/],
  ['a pattern that explodes', rule({ regex: '((a{100}){100}){100}' }), /pattern too large/],
  ['groups without end', rule({ regex: '('.repeat(5000) }), /groups nest deeper than 100/],
  ['an unknown key of the existing agent', '{"sp_backend":"x"}', /sp_backend: unknown key/],
  ['a backend that is not a URL', '{"sp_backend_url":"ftp://x"}', /sp_backend_url: expected http/],
];

/** Each kind once, as an Envoy takes its time to start. */
const shownInEnvoy = new Set(['text that is not JSON', 'a deep value', 'an open group']);

function ratio(written: string): string {
  return `{"version":1,"capture":{"sampleRatio":${written}}}`;
}

function rule(path: object): object {
  return { capture: { rules: [{ path }] } };
}

describe('A configuration is refused', () => {
  let module: WebAssembly.Module;

  before(async function () {
    // The first suite of a run compiles the filter.
    this.timeout(120_000);
    module = await WebAssembly.compile(await readFile(await filterModule()));
  });

  for (const [name, configuration, message] of refused) {
    it(`with ${name}`, () => {
      const host = new WasmHost(module);
      assert.equal(host.configure(configurationText(configuration)), false);
      assert.equal(host.log.length, 1);
      assert.match(host.log[0]!, message);
    });
  }

  for (const [name, configuration, message] of refused) {
    if (!shownInEnvoy.has(name)) continue;
    it(`by Envoy, which does not start and says why, with ${name}`, async () => {
      await assert.rejects(startFilter({ listeners: { main: { configuration } } }), message);
    });
  }
});

describe('The key that the environment holds', () => {
  let module: WebAssembly.Module;

  before(async function () {
    // The first suite of a run compiles the filter.
    this.timeout(120_000);
    module = await WebAssembly.compile(await readFile(await filterModule()));
  });

  function start(value?: string): { host: WasmHost; accepted: boolean } {
    const host = new WasmHost(module);
    host.environment.set('OTHER', 'no key');
    if (value !== undefined) host.environment.set('THE_KEY', value);
    return { host, accepted: host.configure('{"version":1,"backend":{"publicKeyEnv":"THE_KEY"}}') };
  }

  function keySent(host: WasmHost): string | undefined {
    const stream = new StreamDriver(host);
    stream.requestHeaders(
      [
        [':method', 'GET'],
        [':path', '/'],
        [':authority', 'h.test'],
      ],
      true,
    );
    const [call] = host.calls.values();
    assert.ok(call, 'no lookup');
    return call.headers.find(([name]) => name === 'x-public-key')?.[1];
  }

  it('is sent without the blanks and line ends around it', () => {
    for (const value of ['key-4711', 'key-4711\n', '\tkey-4711 \r\n']) {
      const { host, accepted } = start(value);
      assert.ok(accepted);
      assert.equal(keySent(host), 'key-4711');
      assert.equal(host.log.length, 1);
    }
  });

  it('is refused, and not logged, when it cannot be the value of a header', () => {
    for (const value of ['abc\nx: y', 'abc\rx: y', 'abc x', 'abc\x7fx', 'abc\xff']) {
      const { host, accepted } = start(value);
      assert.equal(accepted, false, value);
      assert.deepEqual(host.log, [
        'SP configuration refused: backend.publicKeyEnv: the value of that variable must be UTF-8 without blanks and control characters',
      ]);
    }
  });

  it('is missed in one line when it is absent or empty', () => {
    for (const value of [undefined, '', ' \n']) {
      const { host, accepted } = start(value);
      assert.ok(accepted);
      assert.equal(keySent(host), undefined);
      assert.match(host.log[0]!, /^SP .*backend\.publicKeyEnv names "THE_KEY", which the environment/);
      assert.equal(host.log.length, 2);
    }
  });
});

const revision = '0123456789ab';
const listeners = {
  empty: { configuration: '' },
  braces: { configuration: '{}' },
  one: { configuration: { agent: 'shop/one', revision, serviceName: 'one' } },
  two: { configuration: { agent: 'shop/two', serviceName: 'two', capture: { statuses: ['404'] } } },
  escapes: { configuration: configurationText().replace('"version"', '"\\u0076ersion"') },
  named: { configuration: { serviceName: 'é€😀"\\' } },
  existing: {
    configuration: JSON.stringify({
      sp_backend_url: 'https://backend.example:8443/base/',
      service_name: 'old',
      traffic_direction: 'client',
      public_key: 'k',
    }),
  },
  beside: {
    configuration: {
      service_name: 'old',
      traffic_direction: 'client',
      exemptionRules: [{ pathPatterns: ['^/quiet'] }],
      lookup: { withBody: true },
      capture: { maxRequestBodyBytes: 1000 },
    },
    holdHeaders: true,
  },
};

describeInEnvoy('A configuration', { listeners }, (fixture) => {
  it('may be empty, absent or without version: all has defaults', async () => {
    const { send } = fixture();
    for (const listener of ['empty', 'braces', 'existing']) {
      assert.equal((await send(listener, freshPath())).body.toString(), 'upstream', listener);
    }
  });

  it('may have keys of the existing agent beside those of version 1', async () => {
    const { send, lookups, saved, metric } = fixture();
    const path = freshPath();
    await send('beside', path, { method: 'POST', body: 'looked up' });
    assert.equal(lookups(path)[0]?.attributes.get('http.request.body'), 'looked up');
    assert.equal((await saved(path)).resource.get('service.name'), 'old');
    const before = await metric('bypassed');
    await send('beside', '/quiet/x');
    await eventually('bypassed to grow', async () => (await metric('bypassed')) > before);
  });

  it('belongs to its listener, though one virtual machine serves them all', async () => {
    const { send, saved, saves, answer } = fixture();
    const path = freshPath();
    const missing = freshPath();
    answer(missing, (_, response) => void response.writeHead(404).end());
    await send('two', path);
    await send('two', missing);
    await send('one', path);
    assert.equal((await saved(path)).resource.get('service.name'), 'one');
    assert.equal((await saved(missing)).resource.get('service.name'), 'two');
    assert.equal(saves(path).length, 1);
  });

  it('may be written with escapes', async () => {
    const { send, saved } = fixture();
    for (const listener of ['escapes', 'named'] as const) {
      const path = freshPath();
      await send(listener, path);
      const name = listener === 'named' ? 'é€😀"\\' : 'unknown';
      assert.equal((await saved(path)).resource.get('service.name'), name);
    }
  });

  it('is logged in one line that begins with SP', () => {
    assert.match(fixture().envoy.log(), /: SP shop\/one configured, revision 0123456789ab, service one\n/);
  });

  it('shows in a gauge when its revision was configured', async () => {
    const configured = await fixture().metric(`revision_${revision}_configured_at_seconds`);
    assert.ok(Math.abs(configured - Date.now() / 1000) < 120, String(configured));
  });
});

const gateways = {
  'a gateway': { id: 'router~10.0.0.1~gw.istio-system~istio-system.svc.cluster.local', cluster: 'gw' },
  "Istio's ingress gateway": { id: 'gw', cluster: 'gw', metadata: { WORKLOAD_NAME: 'istio-ingressgateway' } },
};

for (const [name, node] of Object.entries(gateways)) {
  describeInEnvoy(`In ${name}`, { node }, (fixture) => {
    it('the filter leaves all traffic alone', async () => {
      const { send, reached, backend, envoy } = fixture();
      const path = freshPath();
      await send('main', path);
      assert.equal(reached(path)[0]?.headers['tracestate'], undefined);
      assert.equal(backend.arrivals.length, 0);
      assert.match(envoy.log(), /: SP agent configured, .*, passive: this proxy is a gateway\n/);
    });
  });
}

describeInEnvoy('On the hot path', { wasmLogLevel: 'debug' }, (fixture) => {
  it('the filter logs nothing', async () => {
    const { send, saved, envoy, metric } = fixture();
    const lines = () => envoy.log().match(/wasm log/g)?.length;
    const before = lines();
    const path = freshPath();
    await send('main', path);
    await saved(path);
    await eventually('the metrics', async () => (await metric('saved_spans')) > 0);
    assert.equal(lines(), before);
  });
});
