import assert from 'node:assert/strict';
import { describeInEnvoy, freshPath } from '../support/filter-fixture.ts';
import { valuesOf, type Sent } from '../support/http-exchange.ts';

const traceId = '4bf92f3577b34da6a3ce929d0e0e4736';
const parentId = '00f067aa0ba902b7';
const traceparent = `00-${traceId}-${parentId}-01`;
const wellFormed = /^00-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})$/;

const listeners = {
  main: {},
  never: { configuration: { lookup: { enabled: false } } },
  body: {
    configuration: { lookup: { withBody: true }, capture: { maxRequestBodyBytes: 1000 } },
    holdHeaders: true,
  },
  traced: {
    connectionManager: {
      tracing: {
        provider: {
          name: 'envoy.tracers.opentelemetry',
          typed_config: {
            '@type': 'type.googleapis.com/envoy.config.trace.v3.OpenTelemetryConfig',
            service_name: 'proxy',
            http_service: {
              http_uri: { uri: 'http://backend.test/tracer', cluster: 'backend', timeout: '1s' },
            },
          },
        },
      },
    },
  },
};

describeInEnvoy('Trace context', { listeners }, (fixture) => {
  /** What went upstream, and what was saved. */
  async function trace(headers: readonly string[] | Record<string, string>) {
    const { send, saved, reached, lookups } = fixture();
    const path = freshPath();
    await send('main', path, { headers: Array.isArray(headers) ? ['host', 'h.test', ...headers] : headers });
    const { rawHeaders } = reached(path)[0]!;
    const { span } = await saved(path);
    return {
      traceparents: valuesOf(rawHeaders, 'traceparent'),
      tracestates: valuesOf(rawHeaders, 'tracestate'),
      traceId: Buffer.from(span.traceId ?? []).toString('hex'),
      spanId: Buffer.from(span.spanId ?? []).toString('hex'),
      parentSpanId: Buffer.from(span.parentSpanId ?? []).toString('hex'),
      flags: span.flags,
      session: lookups(path)[0]?.attributes.get('sp.session.id'),
    };
  }

  it('is not made up for a request without one, whose recording has ids of its own', async () => {
    const seen = await trace({});
    assert.deepEqual([seen.traceparents, seen.tracestates], [[], []]);
    assert.match(seen.traceId, /^[0-9a-f]{32}$/);
    assert.notEqual(seen.traceId, '0'.repeat(32));
    assert.equal(seen.parentSpanId, '');
    assert.equal(seen.flags ?? 0, 0);
  });

  it('is started for a session, which travels in it, and is not sampled', async () => {
    const seen = await trace({ 'x-softprobe-session-id': 's-1' });
    const [, id, span, flags] = wellFormed.exec(seen.traceparents[0] ?? '') ?? [];
    assert.equal(seen.traceId, id);
    assert.equal(seen.spanId, span);
    assert.equal(flags, '00');
    assert.equal(seen.parentSpanId, '');
    assert.deepEqual(seen.tracestates, [`x-sp-traceparent=${seen.traceparents[0]},x-sp-session-id=s-1`]);
  });

  it('goes upstream as it came', async () => {
    for (const flags of ['00', '01', '03']) {
      const sent = traceparent.slice(0, -2) + flags;
      const seen = await trace({ traceparent: sent });
      assert.deepEqual(seen.traceparents, [sent]);
      assert.equal(seen.traceId, traceId);
      assert.equal(seen.parentSpanId, parentId);
      assert.notEqual(seen.spanId, parentId);
      assert.equal(seen.flags ?? 0, Number.parseInt(flags, 16));
    }
  });

  it('has lookup and recording side by side', async () => {
    for (const headers of [{ traceparent }, {}]) {
      const { send, saved, lookups } = fixture();
      const path = freshPath();
      await send('main', path, { headers });
      const [lookup, save] = [lookups(path)[0]!.span, (await saved(path)).span];
      assert.deepEqual(lookup.traceId, save.traceId);
      assert.deepEqual(lookup.parentSpanId, save.parentSpanId);
      assert.notDeepEqual(lookup.spanId, save.spanId);
    }
  });

  it("is Envoy's own in the recording where Envoy begins it", async () => {
    const { send, saved, reached } = fixture();
    for (const headers of [{}, { traceparent }]) {
      const path = freshPath();
      await send('traced', path, { headers });
      const [, id, span, flags] =
        wellFormed.exec(valuesOf(reached(path)[0]!.rawHeaders, 'traceparent')[0] ?? '') ?? [];
      const recorded = (await saved(path)).span;
      assert.equal(Buffer.from(recorded.traceId ?? []).toString('hex'), id);
      if (headers.traceparent) continue;
      assert.equal(Buffer.from(recorded.parentSpanId ?? []).toString('hex'), span);
      assert.equal(recorded.flags ?? 0, Number.parseInt(flags ?? '', 16));
    }
  });

  it('continues a trace of a later version', async () => {
    assert.equal((await trace({ traceparent: `cc-${traceId}-${parentId}-01-more` })).traceId, traceId);
  });

  const invalid: [string, string[]][] = [
    ['upper case', ['traceparent', traceparent.toUpperCase()]],
    ['version ff', ['traceparent', traceparent.replace('00-', 'ff-')]],
    ['a trace id of zeros', ['traceparent', `00-${'0'.repeat(32)}-${parentId}-01`]],
    ['a parent id of zeros', ['traceparent', `00-${traceId}-${'0'.repeat(16)}-01`]],
    [
      'several bytes a character',
      ['traceparent', Buffer.from(`00-${'é'.repeat(16)}-${parentId}-01`).toString('latin1')],
    ],
    ['too little', ['traceparent', traceparent.slice(0, -1)]],
    ['too much', ['traceparent', `${traceparent}-more`]],
    ['two of them', ['traceparent', traceparent, 'traceparent', traceparent]],
    ['nothing', ['traceparent', '']],
  ];
  for (const [name, headers] of invalid) {
    it(`is a new one for a session when traceparent is ${name}`, async () => {
      const seen = await trace([...headers, 'x-softprobe-session-id', 's-1']);
      assert.equal(seen.traceparents.length, 1);
      assert.equal(wellFormed.exec(seen.traceparents[0] ?? '')?.[1], seen.traceId);
      assert.notEqual(seen.traceId, traceId);
      assert.match(seen.traceId, /^[0-9a-f]{32}$/);
      assert.notEqual(seen.traceId, '0'.repeat(32));
    });
  }

  it('puts its member first and keeps foreign ones in order', async () => {
    const seen = await trace({ traceparent, tracestate: 'a=1,x-sp-traceparent=old, b=2 ,,c=3' });
    assert.deepEqual(seen.tracestates, [`x-sp-traceparent=00-${traceId}-${seen.spanId}-01,a=1,b=2,c=3`]);
  });

  it('joins several tracestate headers', async () => {
    const seen = await trace(['traceparent', traceparent, 'tracestate', 'a=1,b=2', 'tracestate', 'c=3']);
    assert.deepEqual(seen.tracestates, [`x-sp-traceparent=00-${traceId}-${seen.spanId}-01,a=1,b=2,c=3`]);
  });

  it('keeps at most 32 members and drops from the right', async () => {
    const members = Array.from({ length: 33 }, (_, i) => `k${i}=v`);
    const seen = await trace({ traceparent, tracestate: members.join(',') });
    const kept = seen.tracestates[0]?.split(',') ?? [];
    assert.equal(kept.length, 32);
    assert.deepEqual(kept.slice(1), members.slice(0, 31));
  });

  it('takes the session from tracestate', async () => {
    assert.equal((await trace({ tracestate: 'a=1,x-sp-session-id=s-7,b=2' })).session, 's-7');
  });

  it('never gives the same ids twice', async () => {
    const ids = new Set<string>();
    for (let i = 0; i < 100; i++) {
      const { send, reached } = fixture();
      const path = freshPath();
      await send('main', path, { headers: { 'x-softprobe-session-id': 's-1' } });
      ids.add(valuesOf(reached(path)[0]!.rawHeaders, 'traceparent')[0]!);
    }
    assert.equal(new Set([...ids].map((id) => id.slice(3, 35))).size, 100);
    assert.equal(new Set([...ids].map((id) => id.slice(36, 52))).size, 100);
  });

  const body = Buffer.alloc(2000, 'text ');
  const ways: [string, keyof typeof listeners, Sent, number?][] = [
    ['without a lookup', 'never', {}],
    ['after a failed lookup', 'main', {}, 500],
    ['after a lookup with its body', 'body', { method: 'POST', body: body.subarray(0, 500) }],
    ['with a body above the cap', 'body', { method: 'POST', body }],
    ['with chunks above the cap', 'body', { method: 'POST', body: [body, body] }],
  ];
  for (const [name, listener, sent, status = 404] of ways) {
    it(`goes upstream ${name}`, async () => {
      const { send, hit, reached } = fixture();
      const path = freshPath();
      hit(path, (_, response) => void response.writeHead(status).end());
      await send(listener, path, { ...sent, headers: { traceparent, tracestate: 'a=1' } });
      const { rawHeaders } = reached(path)[0]!;
      assert.deepEqual(valuesOf(rawHeaders, 'traceparent'), [traceparent]);
      const [state] = valuesOf(rawHeaders, 'tracestate');
      assert.match(state ?? '', new RegExp(`^x-sp-traceparent=00-${traceId}-[0-9a-f]{16}-01,a=1$`));
    });
  }
});
