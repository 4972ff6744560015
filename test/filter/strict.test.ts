import assert from 'node:assert/strict';
import { describeInEnvoy, freshPath } from '../support/filter-fixture.ts';
import type { Sent } from '../support/http-exchange.ts';

const strict = { strict: true, withBody: true, holdTimeoutMs: 300 };
const listeners = {
  main: {
    configuration: { agent: 'main', lookup: strict, capture: { exempt: [{ path: { prefix: '/exempt/' } }] } },
    holdHeaders: true,
  },
  untold: {
    configuration: { agent: 'untold', lookup: strict, capture: { telemetry: [] } },
    holdHeaders: true,
  },
  own: {
    configuration: {
      agent: 'own',
      lookup: strict,
      capture: { telemetry: [{ path: { prefix: '/beacon' } }] },
    },
    holdHeaders: true,
  },
  headers: { configuration: { agent: 'headers', lookup: { strict: true } } },
  unreachable: {
    configuration: { agent: 'unreachable', lookup: strict, backend: { cluster: 'nowhere', authority: 'b' } },
    holdHeaders: true,
  },
  limited: {
    configuration: { agent: 'limited', lookup: strict, capture: { redact: { jsonFields: ['secret'] } } },
    holdHeaders: true,
  },
};

describeInEnvoy('A strict lookup', { listeners }, (fixture) => {
  async function isRefused(listener: string, path: string, sent: Sent = {}): Promise<void> {
    const { send, reached } = fixture();
    const answer = await send(listener, path, sent);
    assert.deepEqual(answer.all('x-softprobe-error'), ['not-looked-up']);
    assert.equal(answer.status, 503);
    assert.match(answer.body.toString(), /cannot be looked up/);
    assert.equal(reached(path).length, 0);
  }

  async function passes(listener: string, path: string, sent: Sent = {}): Promise<void> {
    assert.equal((await fixture().send(listener, path, sent)).body.toString(), 'upstream', path);
  }

  const unsupported: [what: string, suffix: string, sent: Sent][] = [
    ['a static resource', '/app.js', {}],
    ['a range', '', { headers: { range: 'bytes=0-9' } }],
    ['a prefetch', '', { headers: { purpose: 'prefetch' } }],
    ['a page fragment', '', { headers: { rsc: '1' } }],
    ['a body of known length above the cap', '', { method: 'POST', body: 'x'.repeat(600_000) }],
    [
      'a body in chunks above the cap',
      '',
      { method: 'POST', body: Array<string>(6).fill('x'.repeat(100_000)) },
    ],
    [
      'a stream',
      '',
      { method: 'POST', headers: { 'content-type': 'application/connect+json' }, body: ['a'] },
    ],
    ['telemetry of another path', '/v2/traces.js', {}],
  ];
  for (const [what, suffix, sent] of unsupported) {
    it(`lets nothing upstream that cannot be looked up: ${what}`, () =>
      isRefused('main', freshPath() + suffix, sent));
  }

  it('refuses a body where lookups hold none', () =>
    isRefused('headers', freshPath(), { method: 'POST', body: 'x' }));

  it('refuses a body that cannot be looked into for redaction', () =>
    isRefused('limited', freshPath(), {
      method: 'POST',
      headers: { 'content-type': 'application/json', 'content-encoding': 'gzip' },
      body: 'not to be read',
    }));

  it('refuses gRPC, as a gRPC status', async () => {
    const { send, reached } = fixture();
    const path = freshPath();
    const headers = { 'content-type': 'application/grpc', te: 'trailers' };
    const answer = await send('main', path, { method: 'POST', headers, body: 'x' });
    assert.equal(answer.status, 200);
    assert.deepEqual(answer.all('grpc-status'), ['14']);
    assert.equal(reached(path).length, 0);
  });

  it('refuses a request whose body does not end in time', async () => {
    const { envoy, reached } = fixture();
    const path = freshPath();
    const body = new ReadableStream({ start: (controller) => controller.enqueue(Buffer.from('begins')) });
    const init = { method: 'POST', body, duplex: 'half' } as RequestInit;
    const answer = await fetch(`${envoy.listenerUrl('main')}${path}`, init);
    assert.equal(answer.headers.get('x-softprobe-error'), 'not-looked-up');
    assert.equal(reached(path).length, 0);
  });

  it('refuses a request that gets no answer, whatever a failed lookup does otherwise', async () => {
    const { send, reached } = fixture();
    const path = freshPath();
    const answer = await send('unreachable', path);
    assert.deepEqual(answer.all('x-softprobe-error'), ['unreachable']);
    assert.equal(reached(path).length, 0);
  });

  it('lets upstream what is exempt', async () => {
    await passes('main', '/exempt/app.js');
    await passes('main', '/exempt/data', { method: 'POST', body: 'x' });
  });

  const telemetry = [
    '/v1/traces',
    '/otlp/v1/metrics',
    '/api/v2/spans',
    '/api/traces',
    '/loki/api/v1/push',
    '/api/v1/write',
    '/v0.4/traces',
    '/api/v2/series',
    '/telemetry/proxy/api/v2/apmtelemetry',
    '/intake/v2/events',
    '/api/42/envelope/',
  ];
  it('lets the telemetry of the application upstream', async () => {
    for (const path of telemetry) await passes('main', path, { method: 'POST', body: 'spans' });
  });

  it('takes telemetry as any other request where the list is empty', async () => {
    const { send } = fixture();
    for (const path of telemetry) {
      const answer = await send('untold', path, { method: 'POST', body: 'spans' });
      assert.deepEqual(answer.all('x-softprobe-error'), ['miss'], path);
    }
  });

  it('takes another list of telemetry', async () => {
    const { send } = fixture();
    await passes('own', '/beacon/1', { method: 'POST', body: 'spans' });
    assert.deepEqual((await send('own', '/v1/traces')).all('x-softprobe-error'), ['miss']);
  });
});
