import assert from 'node:assert/strict';
import { describeInEnvoy, freshPath, type FilteredListener } from '../support/filter-fixture.ts';

const rules = (...given: object[]): FilteredListener => ({ configuration: { capture: { rules: given } } });
const path = (matcher: object) => rules({ path: matcher });

const listeners = {
  all: {},
  exact: path({ exact: '/a/b' }),
  prefix: path({ prefix: '/a/' }),
  glob: path({ glob: '/a/*/c?/**' }),
  regex: path({ regex: '/(orders|carts)/[0-9]{2,4}(\\.json)?' }),
  ignoring: path({ regex: '(?i)/orders/\\w+' }),
  slow: path({ regex: '/(a+)+$' }),
  host: rules({ host: { glob: '*.shop.example' } }),
  hostsInCapitals: rules(
    { host: { exact: 'Exact.Example' } },
    { host: { prefix: 'Prefix.' } },
    { host: { glob: '*.Glob.Example' } },
    { host: { regex: '[A-Z]+\\.Regex\\.Example' } },
  ),
  pathInCapitals: path({ exact: '/Orders' }),
  methods: rules({ methods: ['GET', 'put'], path: { prefix: '/a' } }),
  several: rules({ path: { exact: '/one' } }, { path: { exact: '/two' }, methods: ['POST'] }),
  exempt: {
    configuration: { capture: { exempt: [{ host: { exact: 'quiet.example' }, path: { prefix: '/q' } }] } },
  },
  none: { configuration: { capture: { sampleRatio: 0 } } },
  half: { configuration: { capture: { sampleRatio: 0.5 } } },
  session: { configuration: { lookup: { when: 'session' } } },
  server: {
    configuration: JSON.stringify({
      sp_backend_url: 'http://backend:80/',
      traffic_direction: 'server',
      collectionRules: {
        http: { server: [{ path: '/kept/.*' }], client: [{ host: '.*', paths: ['/other'] }] },
      },
      exemptionRules: [{ pathPatterns: ['/kept/not'] }, { hostPatterns: ['Quiet'] }],
    }),
  },
  client: {
    configuration: JSON.stringify({
      sp_backend_url: 'http://backend:80/',
      traffic_direction: 'client',
      collectionRules: { http: { client: [{ host: 'Shop', paths: ['/Kept'] }] } },
    }),
  },
};

describeInEnvoy('Rules', { listeners }, (fixture) => {
  const traceparent = `00-${'1'.repeat(32)}-00f067aa0ba902b7-01`;

  /** Whether the filter had anything to do with a request: it adds its member to a trace. */
  async function isTouched(
    listener: string,
    target: string,
    sent: { method?: string; headers?: object } = {},
  ) {
    const { send, upstream } = fixture();
    const before = upstream.arrivals.length;
    const { method = 'GET', headers = {} } = sent;
    await send(listener, target, { method, headers: { traceparent, ...headers } });
    return upstream.arrivals[before]?.headers['tracestate'] !== undefined;
  }

  const cases: [string, Record<string, boolean>][] = [
    ['exact', { '/a/b': true, '/a/b?q=1': true, '/a/b/': false, '/a': false }],
    ['prefix', { '/a/': true, '/a/b/c': true, '/a': false, '/b/a/': false }],
    [
      'glob',
      { '/a/x/c1/d/e': true, '/a/x/c1/': true, '/a/x/y/c1/d': false, '/a/x/c//d': false, '/a/x/c1': false },
    ],
    [
      'regex',
      {
        '/orders/12': true,
        '/carts/1234.json': true,
        '/orders/1': false,
        '/orders/12/x': false,
        '/x/orders/12': false,
      },
    ],
    ['ignoring', { '/ORDERS/Ab_1': true, '/orders/': false }],
  ];
  for (const [listener, expected] of cases) {
    for (const [target, isWanted] of Object.entries(expected)) {
      it(`${listener} ${isWanted ? 'takes' : 'leaves'} ${target}`, async () => {
        assert.equal(await isTouched(listener, target), isWanted);
      });
    }
  }

  it('matches a path of 30 KB against (a+)+$ in bounded time', async () => {
    assert.equal(await isTouched('slow', `/${'a'.repeat(30_000)}b`), false);
    assert.equal(await isTouched('slow', `/${'a'.repeat(30_000)}`), true);
  });

  it('looks at the host without port and case', async () => {
    assert.equal(await isTouched('host', '/', { headers: { host: 'Api.SHOP.example:8080' } }), true);
    assert.equal(await isTouched('host', '/', { headers: { host: 'shop.example' } }), false);
  });

  for (const host of ['exact.example', 'prefix.example', 'a.glob.example', 'a.regex.example']) {
    it(`takes ${host} by a rule that is written in capitals, as a host has no case`, async () => {
      assert.equal(await isTouched('hostsInCapitals', '/', { headers: { host } }), true);
      assert.equal(await isTouched('hostsInCapitals', '/', { headers: { host: `x${host}.test` } }), false);
    });
  }

  it('heeds the case of a path', async () => {
    assert.equal(await isTouched('pathInCapitals', '/Orders'), true);
    assert.equal(await isTouched('pathInCapitals', '/orders'), false);
  });

  it('looks at the method', async () => {
    assert.equal(await isTouched('methods', '/a', { method: 'PUT' }), true);
    assert.equal(await isTouched('methods', '/a', { method: 'POST' }), false);
    assert.equal(await isTouched('methods', '/b'), false);
  });

  it('takes what any of several rules matches', async () => {
    assert.equal(await isTouched('several', '/one'), true);
    assert.equal(await isTouched('several', '/two', { method: 'POST' }), true);
    assert.equal(await isTouched('several', '/two'), false);
  });

  it('leaves what is exempt', async () => {
    assert.equal(await isTouched('exempt', '/q/1', { headers: { host: 'quiet.example' } }), false);
    assert.equal(await isTouched('exempt', '/q/1', { headers: { host: 'loud.example' } }), true);
    assert.equal(await isTouched('exempt', '/r', { headers: { host: 'quiet.example' } }), true);
  });

  it('understands the rules of the existing agent, which may match a part', async () => {
    assert.equal(await isTouched('server', '/very/kept/one'), true);
    assert.equal(await isTouched('server', '/other'), false);
    assert.equal(await isTouched('server', '/kept/not/this'), false);
    assert.equal(await isTouched('server', '/kept/one', { headers: { host: 'quiet.example' } }), false);
    assert.equal(await isTouched('client', '/a/Kept', { headers: { host: 'a.shop.example' } }), true);
    assert.equal(await isTouched('client', '/a/kept', { headers: { host: 'a.shop.example' } }), false);
  });

  for (const target of [
    '/v1/traces',
    '/v1/metrics',
    '/v1/logs',
    '/api/traces',
    '/otlp/v1/x',
    '/app.JS',
    '/i/logo.svg?v=1',
  ]) {
    it(`leaves ${target} alone`, async () => {
      assert.equal(await isTouched('all', target), false);
    });
  }

  for (const headers of [
    { 'sec-purpose': 'prefetch;prerender' },
    { purpose: 'Prefetch' },
    { 'x-moz': 'prefetch' },
    { range: 'bytes=0-10' },
    { 'hx-request': 'true' },
    { 'turbo-frame': 'list' },
    { rsc: '1' },
  ]) {
    it(`leaves a partial fetch alone: ${JSON.stringify(headers)}`, async () => {
      assert.equal(await isTouched('all', freshPath(), { headers }), false);
    });
  }

  it('does not take a dot in a folder for an extension', async () => {
    assert.equal(await isTouched('all', '/a.js/b'), true);
  });

  it('does not save static resources', async () => {
    const { send, answer, saved, saves } = fixture();
    const target = freshPath();
    answer(target, (_, response) => void response.setHeader('content-type', 'image/png').end('x'));
    await send('all', target);
    const later = freshPath();
    await send('all', later);
    await saved(later);
    assert.equal(saves(target).length, 0);
  });

  it('samples by trace id', async () => {
    const traced = (low: string) => ({
      headers: { traceparent: `00-${'1'.repeat(24)}${low}-00f067aa0ba902b7-01` },
    });
    assert.equal(await isTouched('none', '/', traced('00000000')), false);
    assert.equal(await isTouched('half', '/', traced('7fffffff')), true);
    assert.equal(await isTouched('half', '/', traced('80000000')), false);
    assert.equal(await isTouched('all', '/', traced('ffffffff')), true);
  });

  it('leaves requests without session alone where configured', async () => {
    assert.equal(await isTouched('session', '/'), false);
    assert.equal(await isTouched('session', '/', { headers: { 'x-softprobe-session-id': 's' } }), true);
    assert.equal(await isTouched('session', '/', { headers: { baggage: 'x' } }), false);
  });
});
