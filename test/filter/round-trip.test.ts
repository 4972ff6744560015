import fc from 'fast-check';
import assert from 'node:assert/strict';
import { deflateSync, gzipSync } from 'node:zlib';
import { tool } from '../../hack/tools/tool.ts';
import { createBackend, type Backend } from '../../operator/backend/server.ts';
import { startEnvoy, type Envoy } from '../../operator/cli/trial/envoy.ts';
import { eventually } from '../support/eventually.ts';
import { filterModule } from '../support/filter-module.ts';
import { exchange, type Received } from '../support/http-exchange.ts';
import { startScriptedServer, type ScriptedServer } from '../support/scripted-server.ts';

/** What upstream answers to the request that carries its number. */
interface Answer {
  readonly status: number;
  readonly headers: readonly (readonly [string, string])[];
  readonly body: Uint8Array;
}

const token = fc.string({
  unit: fc.constantFrom(..."abcxyz019!#$%&'*+-.^_`|~"),
  minLength: 1,
  maxLength: 12,
});

/** Any byte that may be in a field value, also above ASCII. Blanks at the ends belong to no value. */
const fieldValue = fc.uint8Array({ maxLength: 30 }).map((bytes) =>
  Buffer.from(bytes.filter((byte) => byte >= 32 && byte !== 127))
    .toString('latin1')
    .replaceAll(/^[ \t]+|[ \t]+$/g, ''),
);

const body = fc.oneof(
  fc.uint8Array({ maxLength: 3000 }),
  fc.string({ unit: 'binary' }).map((text) => Buffer.from(text)),
  fc
    .string({ unit: fc.constantFrom(...'ABCDabcd0123'), minLength: 120, maxLength: 120 })
    .map((text) => Buffer.from(text)),
  fc.constant(new Uint8Array()),
);

const encodedBody = fc
  .tuple(body, fc.constantFrom('identity', 'gzip', 'deflate'))
  .map(([plain, encoding]): readonly [Uint8Array, string] => [
    encoding === 'gzip' ? gzipSync(plain) : encoding === 'deflate' ? deflateSync(plain) : plain,
    encoding,
  ]);

const answer: fc.Arbitrary<Answer> = fc
  .record({
    status: fc.constantFrom(200, 200, 201, 202, 203, 206, 226, 204),
    type: fc.constantFrom('application/json', 'text/plain; charset=latin1', 'application/octet-stream', ''),
    cookies: fc.array(fieldValue, { maxLength: 3 }),
    headers: fc.array(
      fc.tuple(
        token.map((name) => `x-${name}`),
        fieldValue,
      ),
      { maxLength: 8 },
    ),
    content: encodedBody,
  })
  .map(({ status, type, cookies, headers, content: [bytes, encoding] }) => ({
    status,
    headers: [
      ...(type ? [['content-type', type] as const] : []),
      ...(encoding === 'identity' ? [] : [['content-encoding', encoding] as const]),
      ...cookies.map((value) => ['set-cookie', value] as const),
      ...headers,
    ],
    body: status === 204 ? new Uint8Array() : bytes,
  }));

const request = fc.record({
  method: fc.constantFrom('GET', 'POST', 'PUT', 'PATCH', 'DELETE', 'HEAD', 'OPTIONS'),
  query: fc
    .string({ unit: 'binary', maxLength: 10 })
    .filter((text) => text.isWellFormed())
    .map(encodeURIComponent),
  headers: fc.dictionary(
    token.map((name) => `x-${name}`),
    fieldValue,
    { maxKeys: 5 },
  ),
  body,
});

/** Of the connection or of the moment, and not of the recording. */
const changing = new Set([
  'date',
  'server',
  // The time that this proxy waited for upstream: there was none.
  'x-envoy-upstream-service-time',
  'connection',
  'keep-alive',
  'transfer-encoding',
  'content-length',
]);

function contentOf({ status, rawHeaders, body: bytes }: Received): object {
  const headers = rawHeaders.flatMap((name, index) =>
    index % 2 === 0 && !changing.has(name.toLowerCase())
      ? [`${name.toLowerCase()}: ${rawHeaders[index + 1]}`]
      : [],
  );
  return { status, headers: headers.sort(), body: bytes.toString('hex') };
}

describe('round trip through a real Envoy and the development backend', () => {
  const resources = new AsyncDisposableStack();
  const answers = new Map<string, Answer>();
  let upstream: ScriptedServer;
  let backend: Backend;
  let envoy: Envoy;

  before(async function () {
    this.timeout(120_000);
    upstream = resources.use(
      await startScriptedServer(({ headers }, response) => {
        const given = answers.get(String(headers['x-case']))!;
        response.writeHead(given.status, given.headers.flat()).end(given.body);
      }),
    );
    backend = resources.use(await createBackend({ data: ':memory:', allowedHosts: ['backend.test'] }));
    envoy = resources.use(
      await startEnvoy({
        binary: await tool('envoy'),
        listeners: [
          {
            name: 'main',
            upstream: 'upstream',
            filter: {
              module: await filterModule(),
              configuration: JSON.stringify({
                version: 1,
                backend: { cluster: 'backend', authority: 'backend.test', timeoutMs: 10_000 },
                lookup: { withBody: true, cacheRules: 'none' },
                capture: { redact: { headers: [] } },
                save: { flushMs: 20 },
              }),
              holdHeaders: true,
              hostEnvironment: [],
            },
          },
        ],
        clusters: { upstream: upstream.port, backend: backend.port },
      }),
    );
  });

  after(() => resources.disposeAsync());

  it('replays identically whatever was recorded', async function () {
    this.timeout(60_000);
    let cases = 0;
    await fc.assert(
      fc.asyncProperty(request, answer, async (asked, given) => {
        const id = String(++cases);
        answers.set(id, given);
        const url = `${envoy.listenerUrl('main')}/case/${id}?q=${asked.query}`;
        const hasBody = asked.method !== 'GET' && asked.method !== 'HEAD';
        const ask = () =>
          exchange(url, {
            method: asked.method,
            headers: { ...asked.headers, 'x-case': id, 'x-softprobe-session-id': 'trip' },
            ...(hasBody ? { body: asked.body } : {}),
          });
        const recorded = backend.recordings.count;
        const first = await ask();
        assert.equal(first.status, given.status);
        await eventually('the recording', () => backend.recordings.count > recorded);
        const arrivals = upstream.arrivals.length;
        const second = await ask();
        assert.equal(upstream.arrivals.length, arrivals, 'the second request went upstream');
        assert.deepEqual(contentOf(second), contentOf(first));
      }),
      { numRuns: 60 },
    );
  });
});
