import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createBackend, type Backend } from '../../operator/backend/server.ts';
import { encodeTraces } from '../../operator/backend/protocol/otlp.ts';
import { eventually } from '../support/eventually.ts';
import { filterMessage } from '../support/filter-span.ts';

const protobuf = { 'content-type': 'application/x-protobuf' };
const jsonType = { 'content-type': 'application/json' };

describe('what a client can send to the development backend', () => {
  let directory: string;
  let backend: Backend;

  beforeEach(async () => {
    directory = await mkdtemp(join(tmpdir(), 'backend-bounds-'));
    backend = await createBackend({ data: ':memory:', cases: join(directory, 'cases') });
  });
  afterEach(async () => {
    await backend[Symbol.asyncDispose]();
    await rm(directory, { recursive: true });
  });

  const post = (path: string, body: Uint8Array | string, headers: Record<string, string> = protobuf) =>
    fetch(`${backend.url}${path}`, {
      method: 'POST',
      headers,
      body: typeof body === 'string' ? body : Buffer.from(body),
    });

  it('is at most 5000 spans in a message', async () => {
    const spans = Array.from({ length: 5001 }, () => ({ name: '/' }));
    const response = await post('/v1/traces', encodeTraces({ resourceSpans: [{ scopeSpans: [{ spans }] }] }));
    assert.equal(response.status, 400);
    assert.match(await response.text(), /5001 spans; at most 5000/);
  });

  it('is at most 4096 attributes in a span', async () => {
    const more = Array.from({ length: 4097 }, (_, index) => ({
      key: `http.request.header.x-${index}`,
      value: { stringValue: '' },
    }));
    const response = await post('/v1/traces', filterMessage({ type: 'extract', status: 200, more }));
    assert.equal(response.status, 400);
    assert.match(await response.text(), /attributes; at most 4096/);
  });

  it('is a session id, a host and a path of bounded length', async () => {
    for (const span of [
      { session: 's'.repeat(2000) },
      { host: 'h'.repeat(2000) },
      { path: `/${'p'.repeat(70_000)}` },
      { method: 'M'.repeat(100) },
    ]) {
      const response = await post('/v1/traces', filterMessage({ type: 'extract', status: 200, ...span }));
      assert.equal(response.status, 400);
      assert.match(await response.text(), /characters; at most/);
    }
    assert.equal(backend.recordings.count, 0);
  });

  it('is JSON of bounded depth', async () => {
    const depth = 100_000;
    const value = `${'{"arrayValue":{"values":['.repeat(depth)}{}${']}}'.repeat(depth)}`;
    const message = `{"resourceSpans":[{"scopeSpans":[{"spans":[{"attributes":[{"key":"x","value":${value}}]}]}]}]}`;
    const response = await post('/v1/traces', message, jsonType);
    assert.equal(response.status, 400);
    assert.match(await response.text(), /nested more than 100 levels/);
  });

  it('ends: a sender of an endless body is disconnected', async () => {
    const socket = connect(backend.port, '127.0.0.1');
    await using _ = { [Symbol.asyncDispose]: async () => void socket.destroy() };
    socket.on('error', () => undefined);
    socket.resume();
    socket.write(
      'POST /v1/traces HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\ncontent-length: 99999999999\r\n\r\n',
    );
    let closed = false;
    socket.once('close', () => (closed = true));
    let sent = 0;
    const part = Buffer.alloc(1024 * 1024, '{');
    while (!closed && sent < 200 * part.length) {
      sent += part.length;
      if (!socket.write(part)) await eventually('room or the end', () => closed || !socket.writableNeedDrain);
    }
    await eventually('the connection to be closed', () => closed);
    assert.ok(sent < 100 * part.length, `${sent} bytes were taken`);
  });

  it('names a case file below the directory of cases and nowhere else', async () => {
    const close = async (out: string) => {
      const created = await post('/v1/sessions', '{"mode":"capture"}', jsonType);
      const { sessionId } = (await created.json()) as { sessionId: string };
      return fetch(`${backend.url}/v1/sessions/${sessionId}/close?out=${encodeURIComponent(out)}`, {
        method: 'POST',
      });
    };
    const outside = join(directory, 'outside.json');
    for (const out of [
      outside,
      '../outside.json',
      'a/../../outside.json',
      '.',
      'cases.sqlite',
      '/etc/cron.d/x.json',
    ]) {
      const response = await close(out);
      assert.equal(response.status, 400, out);
      assert.match(await response.text(), /is not a \.json file below/);
    }
    assert.ok(!existsSync(outside));
    const response = await close('suite/good.case.json');
    assert.equal(response.status, 200);
    assert.ok(existsSync(join(directory, 'cases', 'suite', 'good.case.json')));
  });

  it('is at most 1000 sessions: the oldest is dropped', async () => {
    const create = async () => {
      const response = await post('/v1/sessions', '{"mode":"replay"}', jsonType);
      return ((await response.json()) as { sessionId: string }).sessionId;
    };
    const first = await create();
    const second = await create();
    await Promise.all(Array.from({ length: 999 }, create));
    const statusOf = async (id: string) => (await fetch(`${backend.url}/v1/sessions/${id}/stats`)).status;
    assert.equal(await statusOf(first), 404);
    assert.equal(await statusOf(second), 200);
  });

  it('is at most 64 MiB of documents in all sessions', async () => {
    const rules = JSON.stringify({ rules: [], padding: 'x'.repeat(15 * 1024 * 1024) });
    const statuses: number[] = [];
    for (let count = 0; count < 5; count += 1) {
      const created = await post('/v1/sessions', '{"mode":"replay"}', jsonType);
      const { sessionId } = (await created.json()) as { sessionId: string };
      statuses.push((await post(`/v1/sessions/${sessionId}/rules`, rules, jsonType)).status);
    }
    assert.deepEqual(statuses, [200, 200, 200, 200, 413]);
  });

  it('is at most 32 pages that listen for changes', async () => {
    const streams = await Promise.all(
      Array.from({ length: 33 }, async () => {
        const abort = new AbortController();
        const response = await fetch(`${backend.url}/api/events`, { signal: abort.signal });
        return { status: response.status, abort };
      }),
    );
    for (const { abort } of streams) abort.abort();
    const statuses = streams.map(({ status }) => status).sort();
    assert.deepEqual([statuses[0], statuses.at(-1)], [200, 503]);
  });
});
