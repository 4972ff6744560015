import assert from 'node:assert/strict';
import { createBackend, type Backend } from '../../../operator/backend/server.ts';
import { bodyOf, lookup, save, type RequestSpan } from '../../support/backend-client.ts';

type Fields = readonly (readonly [string, string])[];

interface Case {
  readonly method?: string;
  readonly recorded: { readonly request?: Fields; readonly response?: Fields; readonly status?: number };
  readonly requested?: Fields;
  /** `none` is a miss; 304 and `recorded` are answers. */
  readonly answer: 'none' | 'recorded' | 304;
}

const etag = [['etag', '"v1"']] as const;
const date = 'Wed, 25 Nov 2026 10:00:00 GMT';
const later = 'Thu, 26 Nov 2026 10:00:00 GMT';
const gzip = [['content-encoding', 'gzip']] as const;
const json = [['content-type', 'application/json; charset=utf-8']] as const;

const cases: Readonly<Record<string, Case>> = {
  'the same value of a field that vary names': {
    recorded: { request: [['x-tenant', 'a']], response: [['vary', 'X-Tenant']] },
    requested: [['x-tenant', 'a']],
    answer: 'recorded',
  },
  'another value of a field that vary names': {
    recorded: { request: [['x-tenant', 'a']], response: [['vary', 'accept, x-tenant']] },
    requested: [['x-tenant', 'b']],
    answer: 'none',
  },
  'no value of a field that vary names': {
    recorded: { request: [['x-tenant', 'a']], response: [['vary', 'x-tenant']] },
    answer: 'none',
  },
  'a list with other blanks': {
    recorded: { request: [['x-list', 'a,b']], response: [['vary', 'x-list']] },
    requested: [
      ['x-list', ' a'],
      ['x-list', 'b '],
    ],
    answer: 'recorded',
  },
  'a field that vary names, absent in both, whatever its name': {
    recorded: { response: [['vary', 'constructor, __proto__, x-absent']] },
    answer: 'recorded',
  },
  'vary: *': { recorded: { response: [['vary', '*']] }, answer: 'none' },
  'redacted credentials that vary names': {
    recorded: { request: [['authorization', '[redacted]']], response: [['vary', 'authorization']] },
    requested: [['authorization', '[redacted]']],
    answer: 'none',
  },
  'the same keyed marker of credentials': {
    recorded: { request: [['authorization', '[redacted:00ff]']], response: [['vary', 'authorization']] },
    requested: [['authorization', '[redacted:00ff]']],
    answer: 'recorded',
  },
  'the keyed marker of another user': {
    recorded: { request: [['authorization', '[redacted:00ff]']], response: [['vary', 'authorization']] },
    requested: [['authorization', '[redacted:11ee]']],
    answer: 'none',
  },
  'the recording of another user': {
    recorded: { request: [['authorization', '[redacted:00ff]']] },
    requested: [['authorization', '[redacted:11ee]']],
    answer: 'none',
  },
  'the recording of a user to an anonymous client': {
    recorded: { request: [['cookie', '[redacted:00ff]']] },
    answer: 'none',
  },
  'the recording of the same user': {
    recorded: { request: [['cookie', '[redacted:00ff]']] },
    requested: [['cookie', '[redacted:00ff]']],
    answer: 'recorded',
  },
  'a recording of another certificate of the same workload': {
    recorded: { request: [['x-forwarded-client-cert', '[redacted:00ff]']] },
    requested: [['x-forwarded-client-cert', '[redacted:11ee]']],
    answer: 'recorded',
  },
  'gzip to a client that reads it': {
    recorded: { request: [['accept-encoding', 'gzip']], response: gzip },
    requested: [['accept-encoding', 'br, gzip;q=0.5']],
    answer: 'recorded',
  },
  'gzip to a client that does not name it': {
    recorded: { request: [['accept-encoding', 'gzip']], response: gzip },
    requested: [['accept-encoding', 'br']],
    answer: 'none',
  },
  'gzip to a client that names no coding': {
    recorded: { request: [['accept-encoding', 'gzip']], response: gzip },
    answer: 'none',
  },
  'gzip to a client that refuses it': {
    recorded: { request: [['accept-encoding', 'gzip']], response: gzip },
    requested: [['accept-encoding', '*, gzip;q=0']],
    answer: 'none',
  },
  'no coding to any client': {
    recorded: { request: [['accept-encoding', 'identity']], response: [['vary', 'accept-encoding']] },
    requested: [['accept-encoding', 'gzip']],
    answer: 'recorded',
  },
  'what a server sent without asking to the same kind of client': {
    recorded: { response: gzip },
    answer: 'recorded',
  },
  'JSON to a client that wants HTML': {
    recorded: { request: [['accept', 'application/json']], response: json },
    requested: [['accept', 'text/html']],
    answer: 'none',
  },
  'JSON to a client that takes anything': {
    recorded: { request: [['accept', 'application/json']], response: json },
    requested: [['accept', 'text/html, */*;q=0.1']],
    answer: 'recorded',
  },
  'JSON to a client that refuses it by a specific range': {
    recorded: { request: [['accept', 'application/json']], response: json },
    requested: [['accept', 'application/*, application/json;q=0']],
    answer: 'none',
  },
  'what a server sent regardless of accept': {
    recorded: { request: [['accept', 'text/html']], response: json },
    requested: [['accept', 'text/html']],
    answer: 'recorded',
  },
  'a recorded 304 to a client without the response': {
    recorded: { request: [['if-none-match', '"v1"']], response: etag, status: 304 },
    answer: 'none',
  },
  'a recorded 304 to the same condition': {
    recorded: { request: [['if-none-match', '"v1"']], response: etag, status: 304 },
    requested: [['if-none-match', '"v1"']],
    answer: 'recorded',
  },
  'a tag that the client has': {
    recorded: { response: etag },
    requested: [['if-none-match', '"v0", W/"v1"']],
    answer: 304,
  },
  'a tag that the client has not': {
    recorded: { response: etag },
    requested: [['if-none-match', '"v0"']],
    answer: 'recorded',
  },
  'a date since which nothing changed': {
    recorded: { response: [['last-modified', date]] },
    requested: [['if-modified-since', later]],
    answer: 304,
  },
  'a date before the last change': {
    recorded: { response: [['last-modified', later]] },
    requested: [['if-modified-since', date]],
    answer: 'recorded',
  },
  'a write on another condition': {
    method: 'PUT',
    recorded: { request: [['if-match', '"v1"']] },
    requested: [['if-match', '"v2"']],
    answer: 'none',
  },
  'a part to a client that wants another part': {
    recorded: { request: [['range', 'bytes=0-9']], status: 206 },
    requested: [['range', 'bytes=10-19']],
    answer: 'none',
  },
  'a part to a client that wants everything': {
    recorded: { request: [['range', 'bytes=0-9']], status: 206 },
    answer: 'none',
  },
  'a preflight of another origin': {
    method: 'OPTIONS',
    recorded: {
      request: [
        ['origin', 'https://a.example'],
        ['access-control-request-method', 'POST'],
      ],
    },
    requested: [
      ['origin', 'https://b.example'],
      ['access-control-request-method', 'POST'],
    ],
    answer: 'none',
  },
  'a preflight for another method': {
    method: 'OPTIONS',
    recorded: {
      request: [
        ['origin', 'https://a.example'],
        ['access-control-request-method', 'POST'],
      ],
    },
    requested: [
      ['origin', 'https://a.example'],
      ['access-control-request-method', 'DELETE'],
    ],
    answer: 'none',
  },
  'a preflight with the same headers in another order': {
    method: 'OPTIONS',
    recorded: {
      request: [
        ['origin', 'https://a.example'],
        ['access-control-request-method', 'POST'],
        ['access-control-request-headers', 'X-A,content-type'],
      ],
    },
    requested: [
      ['origin', 'https://a.example'],
      ['access-control-request-method', 'POST'],
      ['access-control-request-headers', 'content-type, x-a'],
    ],
    answer: 'recorded',
  },
  'a response that allows another origin only': {
    recorded: {
      request: [['origin', 'https://a.example']],
      response: [['access-control-allow-origin', 'https://a.example']],
    },
    requested: [['origin', 'https://b.example']],
    answer: 'none',
  },
  'a response that allows every origin': {
    recorded: {
      request: [['origin', 'https://a.example']],
      response: [['access-control-allow-origin', '*']],
    },
    requested: [['origin', 'https://b.example']],
    answer: 'recorded',
  },
};

describe('selection among recordings, as an HTTP cache does it', () => {
  let backend: Backend;
  beforeEach(async () => {
    backend = await createBackend({ data: ':memory:' });
  });
  afterEach(() => backend[Symbol.asyncDispose]());

  for (const [title, { method = 'GET', recorded, requested = [], answer }] of Object.entries(cases)) {
    it(`${answer === 'none' ? 'does not replay' : answer === 304 ? 'answers 304 for' : 'replays'} ${title}`, async () => {
      const request: RequestSpan = { session: '', method, requestHeaders: recorded.request ?? [] };
      await save(backend, {
        ...request,
        status: recorded.status ?? 200,
        responseHeaders: recorded.response ?? [],
        responseBody: 'recorded',
      });
      const found = await lookup(backend, { session: '', method, requestHeaders: requested });
      if (answer === 'none') return assert.equal(found, undefined);
      assert.equal(found?.status, answer === 304 ? 304 : (recorded.status ?? 200));
      assert.equal(bodyOf(found), answer === 304 ? undefined : 'recorded');
      // A recording always answers the very request that it was made of.
      const same = await lookup(backend, request);
      if (recorded.request?.some(([, value]) => value === '[redacted]')) return assert.equal(same, undefined);
      assert.equal(bodyOf(same), 'recorded');
    });
  }

  it('finds the variant among several', async () => {
    for (const language of ['de', 'en', 'fr']) {
      await save(backend, {
        requestHeaders: [['accept-language', language]],
        responseHeaders: [['vary', 'accept-language']],
        responseBody: language,
      });
    }
    const requestHeaders = [['accept-language', 'de']] as const;
    assert.equal(bodyOf(await lookup(backend, { requestHeaders })), 'de');
  });

  it('repeats in a 304 what RFC 9110 asks for, and no other field', async () => {
    await save(backend, {
      responseHeaders: [
        ...etag,
        ['cache-control', 'max-age=5'],
        ['content-type', 'text/plain'],
        ['set-cookie', 'a=1'],
      ],
      responseBody: 'recorded',
    });
    const found = await lookup(backend, { requestHeaders: [['if-none-match', '"v1"']] });
    assert.deepEqual(found?.responseHeaders, [...etag, ['cache-control', 'max-age=5']]);
  });
});
