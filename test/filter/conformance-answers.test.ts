import assert from 'node:assert/strict';
import { eventually } from '../support/eventually.ts';
import { describeInEnvoy, freshPath } from '../support/filter-fixture.ts';
import { filterMessage } from '../support/filter-span.ts';
import type { Sent } from '../support/http-exchange.ts';

/** What the profile Runtime gives the filter. */
const runtime = {
  backend: { auth: 'both', publicKey: 'tok' },
  lookup: { when: 'session', ignoreBody: true, cacheRules: 'none', onAnswer: 'pass' },
  capture: { statuses: ['2xx', '3xx', '4xx', '5xx'] },
  session: { bypass: false },
  save: { perSession: true, retry: 'refused' },
};

const listeners = {
  runtime: { configuration: runtime },
  refusing: { configuration: { ...runtime, lookup: { ...runtime.lookup, onError: 'fail' } } },
  unreachable: {
    configuration: {
      ...runtime,
      backend: { ...runtime.backend, cluster: 'nobody' },
      lookup: { ...runtime.lookup, onError: 'fail' },
    },
  },
};

const inSession = { 'x-softprobe-session-id': 'sess_1' };

describeInEnvoy("Conformance with Softprobe's runtime: answers", { listeners }, (fixture) => {
  const send = (path: string, sent: Sent = {}, listener = 'runtime') =>
    fixture().send(listener, path, { ...sent, headers: { ...inSession, ...sent.headers } });

  it('5: asks and records nothing without a session', async () => {
    const { lookups, saves, reached } = fixture();
    const path = freshPath();
    assert.equal((await fixture().send('runtime', path)).status, 200);
    const end = freshPath();
    await send(end);
    await fixture().saved(end);
    assert.deepEqual([lookups(path).length, saves(path).length, reached(path).length], [0, 0, 1]);
  });

  it('7: sends a request upstream after a miss', async () => {
    const path = freshPath();
    assert.equal((await send(path)).body.toString(), 'upstream');
    assert.equal(fixture().lookups(path).length, 1);
  });

  const strictMiss = '{"error":"strict policy requires a mock rule match"}';
  for (const status of [500, 599, 403, 429, 401, 503, 504, 302]) {
    it(`8–10: gives the application the backend's own ${status}, and upstream nothing`, async () => {
      const { hit, reached, metric } = fixture();
      const path = freshPath();
      const passed = await metric('answers_passed');
      hit(path, (_, response) => {
        response.writeHead(status, { 'content-type': 'application/json' }).end(strictMiss);
      });
      const answer = await send(path);
      assert.deepEqual([answer.status, answer.body.toString()], [status, strictMiss]);
      assert.deepEqual(answer.all('content-type'), ['application/json']);
      assert.equal(reached(path).length, 0);
      await eventually('the statistic', async () => (await metric('answers_passed')) === passed + 1);
    });
  }

  it('10: treats an error that Envoy makes as no answer', async () => {
    const path = freshPath();
    const answer = await send(path, {}, 'unreachable');
    assert.deepEqual([answer.status, answer.all('x-softprobe-error')], [503, ['unreachable']]);
    assert.equal(fixture().reached(path).length, 0);
  });

  const asked: [what: string, path: string, sent: Sent][] = [
    ['a script', '/app.js', {}],
    ['a range', '/', { headers: { range: 'bytes=0-1' } }],
    ['a page fragment', '/', { headers: { rsc: '1' } }],
    ['a prefetch', '/', { headers: { purpose: 'prefetch' } }],
    ['a POST of 7 bytes', '/', { method: 'POST', body: '1234567' }],
    ['a POST of 600 KB', '/', { method: 'POST', body: Buffer.alloc(600_000, 'x') }],
    ['gRPC', '/', { method: 'POST', headers: { 'content-type': 'application/grpc' }, body: '12345' }],
    ['telemetry', '/v1/metrics', { method: 'POST', body: '{}' }],
  ];
  for (const [what, suffix, sent] of asked) {
    it(`11: lets ${what} of a session past no strict backend`, async () => {
      const { hit, reached } = fixture();
      const path = suffix === '/v1/metrics' ? suffix : `${freshPath()}${suffix}`;
      hit(path, (_, response) => {
        response.writeHead(500, { 'content-type': 'application/json' }).end(strictMiss);
      });
      const answer = await send(path, sent);
      assert.equal(reached(path).length, 0);
      if (what !== 'gRPC') assert.equal(answer.status, 500);
    });
  }

  const refusals: [status: number, body: string][] = [
    [401, ''],
    [401, '{"error":{"code":"missing_bearer_token","message":"no token"}}'],
    [403, ''],
    [403, '{"error":{"code":"invalid_bearer_token","message":"wrong token"}}'],
  ];
  for (const [status, body] of refusals) {
    it(`12: counts a refused key, ${status} with ${body === '' ? 'no body' : 'JSON'}, and lets lookup.onError decide`, async () => {
      const { hit, reached, metric } = fixture();
      const before = await metric('backend_unauthorized');
      for (const [listener, upstream] of [
        ['runtime', 1],
        ['refusing', 0],
      ] as const) {
        const path = freshPath();
        hit(path, (_, response) => void response.writeHead(status).end(body));
        const answer = await send(path, {}, listener);
        assert.equal(reached(path).length, upstream);
        assert.equal(answer.status, upstream === 1 ? 200 : 503);
      }
      await eventually('the statistic', async () => (await metric('backend_unauthorized')) >= before + 2);
    });
  }

  it('13: replays a mock of any status, without headers and body as well', async () => {
    const { hit, reached } = fixture();
    for (const status of [204, 200, 302, 500, 599]) {
      const path = freshPath();
      hit(path, filterMessage({ type: 'inject', status }));
      const answer = await send(path);
      assert.deepEqual([answer.status, answer.body.length, reached(path).length], [status, 0, 0]);
    }
  });

  it('14: does not record a hit', async () => {
    const { hit, saves, saved } = fixture();
    const path = freshPath();
    hit(path, filterMessage({ type: 'inject', status: 200, responseBody: 'mock' }));
    assert.equal((await send(path)).body.toString(), 'mock');
    const end = freshPath();
    await send(end);
    await saved(end);
    assert.equal(saves(path).length, 0);
  });

  it('21: sends the key as a bearer token, and as x-public-key where both are asked for', async () => {
    const { backend, saved } = fixture();
    const path = freshPath();
    const before = backend.arrivals.length;
    await send(path);
    await saved(path);
    for (const { headers } of backend.arrivals.slice(before)) {
      assert.equal(headers.authorization, 'Bearer tok');
      assert.equal(headers['x-public-key'], 'tok');
    }
  });
});
