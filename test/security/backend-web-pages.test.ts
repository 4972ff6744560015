import assert from 'node:assert/strict';
import type { OutgoingHttpHeaders } from 'node:http';
import { createBackend, type Backend } from '../../operator/backend/server.ts';
import { filterMessage } from '../support/filter-span.ts';
import { exchange, exchangeBytes } from '../support/http-exchange.ts';

/** What a recording holds that no web page may learn. */
const secret = 'account-4711-balance';

const planted = filterMessage({ type: 'extract', path: '/planted', status: 200, responseBody: 'planted' });
const lookup = filterMessage({ type: 'inject', path: '/account' });
const protobuf = { 'content-type': 'application/x-protobuf' };

describe('web pages of other sites and the development backend', () => {
  let backend: Backend;
  let own: string;

  beforeEach(async () => {
    backend = await createBackend({ data: ':memory:', allowedHosts: ['.backend.example'] });
    own = `127.0.0.1:${backend.port}`;
    const recorded = filterMessage({ type: 'extract', path: '/account', status: 200, responseBody: secret });
    const saved = await exchange(`${backend.url}/v1/traces`, {
      method: 'POST',
      headers: protobuf,
      body: recorded,
    });
    assert.equal(saved.status, 200);
  });
  afterEach(() => backend[Symbol.asyncDispose]());

  const send = (
    method: string,
    path: string,
    ...[headers, body = '']: [OutgoingHttpHeaders, (Uint8Array | string)?]
  ) => exchange(`${backend.url}${path}`, { method, headers, body });

  const reads = [
    '/',
    '/api/recordings',
    '/api/recordings/1',
    '/api/recordings/1/response-body',
    '/api/export',
    '/api/events',
  ];

  describe('a name of the attacker that resolves to this machine (DNS rebinding)', () => {
    // The page is of the same origin as the backend, so that only the name gives it away.
    for (const host of [
      'rebind.attacker.example',
      'localhost.attacker.example',
      '127.0.0.1.attacker.example',
    ]) {
      it(`reads nothing as ${host}`, async () => {
        const headers = { host: `${host}:${backend.port}`, 'sec-fetch-site': 'same-origin' };
        for (const path of reads) {
          const { status, body } = await send('GET', path, headers);
          assert.equal(status, 403, path);
          assert.ok(!body.includes(secret), path);
        }
        const answer = await send('POST', '/v1/inject', { ...headers, ...protobuf }, lookup);
        assert.equal(answer.status, 403);
        assert.ok(!answer.body.includes(secret));
      });
    }

    it('plants and deletes nothing', async () => {
      const headers = {
        host: 'rebind.attacker.example',
        origin: 'http://rebind.attacker.example',
        ...protobuf,
      };
      assert.equal((await send('POST', '/v1/traces', headers, planted)).status, 403);
      assert.equal((await send('DELETE', '/api/recordings', headers)).status, 403);
      assert.equal((await send('POST', '/v1/sessions', headers, '{"mode":"capture"}')).status, 403);
      assert.deepEqual(
        backend.recordings.list().map(({ path }) => path),
        ['/account'],
      );
    });

    it('is refused in an absolute request target as well', async () => {
      const request =
        'GET http://rebind.attacker.example/api/recordings/1 HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n';
      const answer = await exchangeBytes(backend.url, Buffer.from(request));
      assert.match(answer, /^HTTP\/1\.1 400 /);
      assert.ok(!answer.includes(secret));
    });
  });

  for (const origin of ['http://attacker.example', 'http://localhost:3000', 'null']) {
    describe(`a page of the origin ${origin}`, () => {
      it('plants nothing by a form or a fetch', async () => {
        for (const type of [
          'application/x-www-form-urlencoded',
          'multipart/form-data; boundary=x',
          'text/plain',
          'application/x-protobuf',
        ]) {
          const { status } = await send(
            'POST',
            '/v1/traces',
            { host: own, origin, 'content-type': type },
            planted,
          );
          assert.equal(status, 403, type);
        }
        assert.equal(backend.recordings.count, 1);
      });

      it('is not allowed to ask for more by a preflight', async () => {
        const answer = await send('OPTIONS', '/v1/traces', {
          host: own,
          origin,
          'access-control-request-method': 'POST',
          'access-control-request-headers': 'content-type',
        });
        assert.equal(answer.status, 403);
        assert.deepEqual(answer.all('access-control-allow-origin'), []);
      });

      it('closes no session', async () => {
        const created = await send(
          'POST',
          '/v1/sessions',
          { host: own, 'content-type': 'application/json' },
          '{"mode":"capture"}',
        );
        const { sessionId } = JSON.parse(created.body.toString()) as { sessionId: string };
        assert.equal(
          (await send('POST', `/v1/sessions/${sessionId}/close`, { host: own, origin })).status,
          403,
        );
        assert.equal((await send('GET', `/v1/sessions/${sessionId}/stats`, { host: own })).status, 200);
      });
    });
  }

  it('plant nothing by a fetch without a content type, nor by a beacon', async () => {
    // `fetch(url, {method: 'POST', mode: 'no-cors', body: new Blob([bytes])})` sends none; old browsers send no origin.
    for (const headers of [{}, { 'content-type': 'text/plain;charset=UTF-8' }]) {
      assert.equal((await send('POST', '/v1/traces', { host: own, ...headers }, planted)).status, 415);
    }
    assert.equal(backend.recordings.count, 1);
  });

  it('read nothing by an image, a script or a frame', async () => {
    for (const site of ['cross-site', 'same-site']) {
      for (const [mode, dest] of [
        ['no-cors', 'image'],
        ['no-cors', 'script'],
        ['navigate', 'iframe'],
      ] as const) {
        const fetched = { 'sec-fetch-site': site, 'sec-fetch-mode': mode, 'sec-fetch-dest': dest };
        for (const path of reads) {
          const { status, body } = await send('GET', path, { host: own, ...fetched });
          assert.equal(status, 403, `${path} as ${dest}`);
          assert.ok(!body.includes(secret));
        }
      }
    }
  });

  it('may link to the page', async () => {
    const fetched = {
      'sec-fetch-site': 'cross-site',
      'sec-fetch-mode': 'navigate',
      'sec-fetch-dest': 'document',
    };
    assert.equal((await send('GET', '/', { host: own, ...fetched })).status, 200);
  });

  it('get no response that they could frame, embed or sniff', async () => {
    for (const path of ['/', '/api/recordings/1', '/api/recordings/1/response-body']) {
      const answer = await send('GET', path, { host: own });
      assert.match(
        answer.all('content-security-policy')[0] ?? '',
        /default-src 'none'.*frame-ancestors 'none'/,
      );
      assert.deepEqual(answer.all('cross-origin-resource-policy'), ['same-origin']);
      assert.deepEqual(answer.all('x-content-type-options'), ['nosniff']);
      assert.deepEqual(answer.all('access-control-allow-origin'), []);
    }
  });

  it('get a recorded body as a download only', async () => {
    const body = '<script>alert(1)</script>';
    const page = filterMessage({
      type: 'extract',
      status: 200,
      responseBody: body,
      responseHeaders: [['content-type', 'text/html']],
    });
    await send('POST', '/v1/traces', { host: own, ...protobuf }, page);
    const answer = await send('GET', '/api/recordings/2/response-body', { host: own });
    assert.equal(answer.body.toString(), body);
    assert.deepEqual(answer.all('content-type'), ['application/octet-stream']);
    assert.match(answer.all('content-disposition')[0] ?? '', /^attachment;/);
  });

  for (const host of [
    'localhost',
    'app.localhost:1',
    '127.0.0.1',
    '[::1]:8787',
    'backend.example',
    'shop.backend.example:80',
  ]) {
    it(`leave clients alone that use the host ${host}`, async () => {
      const answer = await send('POST', '/v1/inject', { host, ...protobuf }, lookup);
      assert.equal(answer.status, 200);
      assert.ok(answer.body.includes(secret));
    });
  }

  it('leave the page itself alone', async () => {
    for (const host of [own, `localhost:${backend.port}`]) {
      const headers = { host, origin: `http://${host}`, 'sec-fetch-site': 'same-origin' };
      assert.equal((await send('GET', '/api/recordings', headers)).status, 200);
      assert.equal((await send('DELETE', '/api/recordings/99', headers)).status, 200);
    }
  });
});

describe('a token of the development backend', () => {
  let backend: Backend;
  before(async () => {
    backend = await createBackend({ data: ':memory:', token: 'tok' });
  });
  after(() => backend[Symbol.asyncDispose]());

  const statusWith = async (headers: OutgoingHttpHeaders, path = '/api/recordings') =>
    (await exchange(`${backend.url}${path}`, { headers })).status;

  it('is needed for everything but the health check', async () => {
    for (const path of ['/', '/api/recordings', '/api/events', '/v1/meta', '/v1/sessions/x/stats']) {
      assert.equal(await statusWith({}, path), 401, path);
    }
    assert.equal(await statusWith({}, '/health'), 200);
  });

  it('is taken as a bearer token, as a public key, and as a password from a browser', async () => {
    const basic = (password: string) => `Basic ${Buffer.from(`any:${password}`).toString('base64')}`;
    assert.equal(await statusWith({ authorization: 'Bearer tok' }), 200);
    assert.equal(await statusWith({ 'x-public-key': 'tok' }), 200);
    assert.equal(await statusWith({ authorization: basic('tok') }), 200);
    assert.equal(await statusWith({ authorization: 'Bearer other' }), 403);
    assert.equal(await statusWith({ 'x-public-key': 'other' }), 403);
    assert.equal(await statusWith({ authorization: basic('other') }), 401);
  });

  it('is missed or refused with the codes of the control API', async () => {
    const codeWith = async (headers: OutgoingHttpHeaders) => {
      const { body } = await exchange(`${backend.url}/v1/meta`, { headers });
      return (JSON.parse(body.toString()) as { error: { code: string } }).error.code;
    };
    assert.equal(await codeWith({}), 'missing_bearer_token');
    assert.equal(await codeWith({ authorization: 'Bearer other' }), 'invalid_bearer_token');
  });
});
