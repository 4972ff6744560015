import assert from 'node:assert/strict';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import fc from 'fast-check';
import { decodeTraces, encodeTraces, spansOf } from '../../operator/backend/protocol/otlp.ts';
import { createBackend, type Backend } from '../../operator/backend/server.ts';
import { bodyOf, lookup, postTraces, save, type RequestSpan } from '../support/backend-client.ts';
import { filterMessage } from '../support/filter-span.ts';

describe('development backend', () => {
  let backend: Backend;
  beforeEach(async () => {
    backend = await createBackend({ data: ':memory:' });
  });
  afterEach(() => backend[Symbol.asyncDispose]());

  it('misses what it has not seen and answers what it has', async () => {
    assert.equal(await lookup(backend, { path: '/a?x=1' }), undefined);
    await save(backend, { path: '/a?x=1', status: 201, responseBody: 'made' });
    const answer = await lookup(backend, { path: '/a?x=1' });
    assert.equal(answer?.status, 201);
    assert.equal(bodyOf(answer), 'made');
    assert.deepEqual([backend.lookups.hits, backend.lookups.misses], [1, 1]);
  });

  it('gives back any body byte for byte', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.uint8Array({ minLength: 1 }),
        fc.uint8Array(),
        async (requestBody, responseBody) => {
          await save(backend, { method: 'POST', requestBody, responseBody });
          const answer = await lookup(backend, { method: 'POST', requestBody });
          assert.deepEqual(Buffer.from(answer!.responseBody!.bytes), Buffer.from(responseBody));
        },
      ),
      { numRuns: 50 },
    );
  });

  it('takes bodies sent as bytes_value', async () => {
    const bytesValue = Buffer.from([0xff, 0x00, 0x80]);
    await save(backend, { more: [{ key: 'http.response.body', value: { bytesValue } }] });
    const answer = await lookup(backend, {});
    assert.deepEqual(Buffer.from(answer!.responseBody!.bytes), bytesValue);
  });

  it('matches a text body however it was encoded', async () => {
    await save(backend, { method: 'POST', requestBody: 'text', responseBody: 'yes' });
    assert.equal(bodyOf(await lookup(backend, { method: 'POST', requestBody: Buffer.from('text') })), 'yes');
  });

  it('keeps the order and all values of repeated headers', async () => {
    const responseHeaders = [
      ['set-cookie', 'a=1'],
      ['x-other', '1'],
      ['set-cookie', 'b=2'],
    ] as const;
    await save(backend, { responseHeaders });
    assert.deepEqual((await lookup(backend, {}))?.responseHeaders, responseHeaders);
  });

  for (const [what, other] of Object.entries<RequestSpan>({
    session: { session: 'another' },
    service: { service: 'another' },
    method: { method: 'PUT' },
    host: { host: 'another.example' },
    query: { path: '/a?x=2' },
    'request body': { requestBody: 'another' },
  })) {
    it(`keeps requests of another ${what} apart`, async () => {
      const request = { path: '/a?x=1', method: 'POST', requestBody: 'body' };
      await save(backend, { ...request, responseBody: 'first' });
      assert.equal(await lookup(backend, { ...request, ...other }), undefined);
      await save(backend, { ...request, ...other, responseBody: 'second' });
      assert.equal(bodyOf(await lookup(backend, request)), 'first');
      assert.equal(bodyOf(await lookup(backend, { ...request, ...other })), 'second');
    });
  }

  it('answers with the newest recording of the same body', async () => {
    await save(backend, { method: 'POST', requestBody: 'a', responseBody: 'old' });
    await save(backend, { method: 'POST', requestBody: 'a', responseBody: 'new' });
    await save(backend, { method: 'POST', requestBody: 'b', responseBody: 'newest' });
    assert.equal(bodyOf(await lookup(backend, { method: 'POST', requestBody: 'a' })), 'new');
  });

  for (const side of ['request', 'response']) {
    it(`never replays a recording with a cut ${side} body`, async () => {
      const more = [{ key: `http.${side}.body.truncated`, value: { boolValue: true } }];
      await save(backend, { responseBody: 'half', more });
      assert.equal(await lookup(backend, {}), undefined);
      assert.equal(backend.recordings.list()[0]?.truncated, true);
    });
  }

  it('takes many spans in one message', async () => {
    await save(backend, { path: '/1', responseBody: '1' }, { path: '/2', responseBody: '2' });
    assert.equal(bodyOf(await lookup(backend, { path: '/1' })), '1');
    assert.equal(bodyOf(await lookup(backend, { path: '/2' })), '2');
  });

  it('keeps the good spans of a message and names what is wrong with the bad one', async () => {
    const message = filterMessage(
      { type: 'extract', path: '/good', status: 200 },
      { type: 'extract', path: '/bad' },
    );
    const response = await postTraces(backend, '/v1/traces', message);
    assert.equal(response.status, 400);
    assert.match(await response.text(), /"\/bad" has no attribute http\.response\.status_code/);
    assert.ok(await lookup(backend, { path: '/good' }));
  });

  it('refuses what is not OTLP, naming the fault', async () => {
    for (const body of [Buffer.from([0x0a, 0x20, 0x01]), Buffer.from('not protobuf'), nested(5000)]) {
      const response = await postTraces(backend, '/v1/traces', body);
      assert.equal(response.status, 400);
      assert.match(await response.text(), /not an OTLP TracesData message/);
    }
    const empty = await postTraces(backend, '/v1/inject', new Uint8Array());
    assert.equal(empty.status, 400);
    assert.match(await empty.text(), /exactly one span/);
  });

  it('reads a message that is too long to its end, then refuses it', async () => {
    const response = await postTraces(backend, '/v1/traces', Buffer.alloc(17 * 1024 * 1024));
    assert.equal(response.status, 413);
  });

  it('does not answer before the body has ended', async () => {
    const socket = connect(backend.port, '127.0.0.1');
    await using _ = { [Symbol.asyncDispose]: async () => void socket.destroy() };
    let answered = '';
    socket.on('data', (chunk: Buffer) => (answered += chunk.toString()));
    socket.write(
      'POST /nowhere HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\ncontent-length: 2\r\n\r\n[',
    );
    // Another whole exchange passes in the meantime.
    await lookup(backend, {});
    assert.equal(answered, '');
    socket.write(']');
    await once(socket, 'data');
    assert.match(answered, /^HTTP\/1\.1 404 /);
  });

  it('shows recordings and lookups as JSON, one recording with its bodies', async () => {
    await save(backend, { path: '/a', responseBody: Buffer.from([0xff]) });
    await lookup(backend, { path: '/a' });
    const list = (await (await fetch(`${backend.url}/api/recordings`)).json()) as {
      recordings: { id: number; path: string }[];
      hits: number;
    };
    assert.equal(list.recordings[0]?.path, '/a');
    assert.equal(list.hits, 1);
    const one = await (await fetch(`${backend.url}/api/recordings/${list.recordings[0]?.id}`)).json();
    assert.deepEqual((one as { responseBody: unknown }).responseBody, { bytes: '/w==', truncated: false });
  });
});

/** A message of arrays in arrays. */
function nested(depth: number): Buffer {
  const attribute = (value: Buffer) => field(1, field(1, field(1, field(2, value))));
  let value: Buffer = Buffer.alloc(0);
  for (let level = 0; level < depth; level += 1) value = field(5, field(1, value));
  return attribute(value);
}

function field(number: number, content: Buffer): Buffer {
  const length: number[] = [];
  let rest = content.length;
  for (; rest > 127; rest >>>= 7) length.push((rest & 127) | 128);
  return Buffer.concat([Buffer.from([(number << 3) | 2, ...length, rest]), content]);
}

describe('recordings on disk', () => {
  let directory: string;
  beforeEach(async () => {
    directory = await mkdtemp(join(tmpdir(), 'recordings-'));
  });
  afterEach(() => rm(directory, { recursive: true }));

  it('survive a restart', async () => {
    const data = join(directory, 'made', 'recordings.sqlite');
    {
      await using backend = await createBackend({ data });
      await save(backend, { responseBody: 'kept' });
    }
    await using backend = await createBackend({ data });
    assert.equal(bodyOf(await lookup(backend, {})), 'kept');
  });

  it('of an older version are found as before', async () => {
    const data = join(directory, 'recordings.sqlite');
    const [recorded] = spansOf(
      decodeTraces(filterMessage({ type: 'extract', path: '/old', status: 200, responseBody: 'old' })),
    );
    {
      using database = new DatabaseSync(data);
      database.exec(`CREATE TABLE recording (id INTEGER PRIMARY KEY AUTOINCREMENT, recorded_at TEXT NOT NULL,
        path TEXT NOT NULL, traces BLOB NOT NULL) STRICT`);
      database
        .prepare(
          `INSERT INTO recording (recorded_at, path, traces) VALUES ('2026-01-02T03:04:05.000Z', '/old', ?)`,
        )
        .run(encodeTraces({ resourceSpans: [{ scopeSpans: [{ spans: [recorded!.span] }] }] }));
    }
    for (const start of ['first', 'second']) {
      await using backend = await createBackend({ data });
      assert.equal(bodyOf(await lookup(backend, { path: '/old' })), 'old', `${start} start`);
      assert.deepEqual(
        backend.recordings.list().map(({ recordedAt }) => recordedAt),
        ['2026-01-02T03:04:05.000Z'],
      );
    }
  });

  it('stay within their bounds: the oldest go', async () => {
    const data = join(directory, 'recordings.sqlite');
    const limits = { countMax: 3, bytesMax: 1024 ** 2 };
    await using backend = await createBackend({ data, limits });
    for (const path of ['/1', '/2', '/3', '/4']) await save(backend, { path });
    assert.deepEqual(
      backend.recordings.list().map(({ path }) => path),
      ['/4', '/3', '/2'],
    );
    await save(backend, { path: '/long', responseBody: 'x'.repeat(1024 ** 2) });
    assert.deepEqual(
      backend.recordings.list().map(({ path }) => path),
      ['/long'],
    );
  });
});
