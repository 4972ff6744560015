import assert from 'node:assert/strict';
import fc from 'fast-check';
import {
  encodeTraces,
  decodeTraces,
  type KeyValue,
  type TracesData,
} from '../../../operator/backend/protocol/otlp.ts';
import { tracesFromJson, tracesToJson } from '../../../operator/backend/protocol/otlp-json.ts';
import { createBackend, type Backend } from '../../../operator/backend/server.ts';
import { bodyOf, lookup, save } from '../../support/backend-client.ts';

const text = (key: string, stringValue: string): KeyValue => ({ key, value: { stringValue } });

/** A span as Softprobe's own proxy agent sends it: pseudo-headers, and no `http.request.method`. */
function proxyAgentSpan(type: 'inject' | 'extract', answer: readonly KeyValue[] = []): TracesData {
  return {
    resourceSpans: [
      {
        resource: {
          attributes: [text('service.name', 'checkout'), text('sp.resource.type', 'sp-envoy-proxy')],
        },
        scopeSpans: [
          {
            spans: [
              {
                name: 'agent',
                attributes: [
                  text('sp.span.type', type),
                  text('sp.session.id', 's'),
                  text('sp.traffic.direction', 'outbound'),
                  text('url.host', 'api.example:443'),
                  text('url.path', '/v1/pay?x=1'),
                  text('http.request.header.:method', 'POST'),
                  text('http.request.header.:authority', 'api.example:443'),
                  text('http.request.header.content-type', 'application/json'),
                  text('http.request.body', '{"amount":1}'),
                  ...answer,
                ],
              },
            ],
          },
        ],
      },
    ],
  };
}

const answer = [
  { key: 'http.response.status_code', value: { intValue: 201 } },
  text('http.response.header.content-type', 'application/json'),
  text('http.response.body', '{"paid":true}'),
];

describe('messages of other agents', () => {
  let backend: Backend;
  beforeEach(async () => {
    backend = await createBackend({ data: ':memory:' });
  });
  afterEach(() => backend[Symbol.asyncDispose]());

  const post = (path: string, body: Uint8Array | string, headers: Record<string, string>) =>
    fetch(`${backend.url}${path}`, {
      method: 'POST',
      headers,
      body: typeof body === 'string' ? body : Buffer.from(body),
    });

  const protobuf = { 'content-type': 'application/x-protobuf' };
  const jsonType = { 'content-type': 'application/json' };

  it('are recorded and replayed without http.request.method', async () => {
    const saved = await post('/v1/traces', encodeTraces(proxyAgentSpan('extract', answer)), protobuf);
    assert.equal(saved.status, 200, await saved.text());
    assert.equal(backend.recordings.list()[0]?.method, 'POST');
    assert.equal(backend.recordings.list()[0]?.service, 'checkout');
    const hit = await post('/v1/inject', encodeTraces(proxyAgentSpan('inject')), protobuf);
    assert.equal(hit.status, 200);
    const [recorded] =
      decodeTraces(new Uint8Array(await hit.arrayBuffer())).resourceSpans?.[0]?.scopeSpans?.[0]?.spans ?? [];
    const attribute = recorded?.attributes?.find(({ key }) => key === 'http.response.body');
    assert.equal(attribute?.value?.stringValue, '{"paid":true}');
  });

  for (const [form, message, headers] of [
    ['JSON', (traces: TracesData) => JSON.stringify(tracesToJson(traces)), jsonType],
    [
      'JSON that claims to be protobuf',
      (traces: TracesData) => `\n${JSON.stringify(tracesToJson(traces))}`,
      protobuf,
    ],
    ['protobuf that claims to be JSON', encodeTraces, jsonType],
  ] as const) {
    it(`are understood as ${form}`, async () => {
      const saved = await post('/v1/traces', message(proxyAgentSpan('extract', answer)), headers);
      assert.equal(saved.status, 200, await saved.text());
      const hit = await post('/v1/inject', message(proxyAgentSpan('inject')), {
        ...headers,
        accept: 'application/x-protobuf',
      });
      assert.equal(hit.status, 200, await hit.clone().text());
      assert.equal(hit.headers.get('content-type'), 'application/x-protobuf');
      assert.equal(decodeTraces(new Uint8Array(await hit.arrayBuffer())).resourceSpans?.length, 1);
    });
  }

  it('are answered in JSON when they are JSON, as the same exchange', async () => {
    await save(backend, { path: '/a', responseBody: 'recorded' });
    const lookupSpan = {
      attributes: [
        ...['sp.session.id:session', 'sp.service.name:checkout', 'sp.traffic.direction:outbound'],
        ...['url.host:shop.example', 'url.path:/a', 'http.request.method:GET'],
      ].map((pair) => ({ key: pair.split(':')[0], value: { stringValue: pair.split(':')[1] } })),
    };
    const message = JSON.stringify({ resourceSpans: [{ scopeSpans: [{ spans: [lookupSpan] }] }] });
    const hit = await post('/v1/inject', message, jsonType);
    assert.equal(hit.headers.get('content-type'), 'application/json');
    const traces = tracesFromJson(await hit.json());
    const attributes = traces.resourceSpans?.[0]?.scopeSpans?.[0]?.spans?.[0]?.attributes ?? [];
    assert.deepEqual(attributes.at(-1), text('http.response.body', 'recorded'));
    assert.equal(bodyOf(await lookup(backend, { path: '/a' })), 'recorded');
  });

  it('are refused with the path of the member that is wrong', async () => {
    const message = JSON.stringify({
      resourceSpans: [{ scopeSpans: [{ spans: [{ attributes: [{ key: 1 }] }] }] }],
    });
    const response = await post('/v1/traces', message, jsonType);
    assert.equal(response.status, 400);
    assert.match(
      await response.text(),
      /resourceSpans\[0\]\.scopeSpans\[0\]\.spans\[0\]\.attributes\[0\]\.key: a string expected/,
    );
  });
});

describe('OTLP JSON', () => {
  const value: fc.Arbitrary<object> = fc.letrec((tie) => ({
    value: fc.oneof(
      { maxDepth: 3 },
      fc.record({ stringValue: fc.string() }),
      fc.record({ boolValue: fc.boolean() }),
      fc.record({ intValue: fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }).map(String) }),
      fc.record({ bytesValue: fc.uint8Array({ minLength: 1 }).map((bytes) => Buffer.from(bytes)) }),
      fc.record({
        arrayValue: fc.record({ values: fc.array(tie('value'), { minLength: 1, maxLength: 3 }) }),
      }),
    ),
  })).value as fc.Arbitrary<object>;

  it('holds the same as protobuf, whatever a span has', () => {
    fc.assert(
      fc.property(
        fc.uint8Array({ minLength: 16, maxLength: 16 }),
        fc.array(fc.tuple(fc.string(), value), { maxLength: 5 }),
        (traceId, pairs) => {
          const attributes = pairs.map(([key, entry]) => ({ key, value: entry }));
          const span = { traceId: Buffer.from(traceId), name: '/', attributes };
          const traces = {
            resourceSpans: [{ resource: { attributes: [] }, scopeSpans: [{ spans: [span] }] }],
          };
          const viaJson = tracesFromJson(JSON.parse(JSON.stringify(tracesToJson(traces as TracesData))));
          assert.deepEqual(
            decodeTraces(encodeTraces(viaJson)),
            decodeTraces(encodeTraces(traces as TracesData)),
          );
        },
      ),
      { numRuns: 200 },
    );
  });

  it('reads ids in hexadecimal and in base64, and names in snake_case', () => {
    const id = Buffer.from('00112233445566778899aabbccddeeff', 'hex');
    for (const [traceId, name] of [
      [id.toString('hex'), 'traceId'],
      [id.toString('base64'), 'trace_id'],
    ] as const) {
      const traces = tracesFromJson({
        resource_spans: [{ scope_spans: [{ spans: [{ [name]: traceId, kind: 'SPAN_KIND_CLIENT' }] }] }],
      });
      const span = traces.resourceSpans?.[0]?.scopeSpans?.[0]?.spans?.[0];
      assert.deepEqual(Buffer.from(span?.traceId ?? []), id);
      assert.equal(span?.kind, 3);
    }
  });
});
