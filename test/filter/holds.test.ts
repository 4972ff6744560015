import assert from 'node:assert/strict';
import { once } from 'node:events';
import { request as httpRequest, type ClientRequest, type IncomingMessage } from 'node:http';
import { connect } from 'node:http2';
import { eventually } from '../support/eventually.ts';
import { describeInEnvoy, freshPath } from '../support/filter-fixture.ts';
import type { HeadersScript } from '../support/scripted-server.ts';

/** A bound that no test of a hold that ends by it can miss, and one that none can reach. */
const soon = { withBody: true, holdTimeoutMs: 400 };
const never = { withBody: true, holdTimeoutMs: 60_000 };

const listeners = {
  soon: { configuration: { lookup: soon }, holdHeaders: true },
  never: { configuration: { lookup: never }, holdHeaders: true },
  inSessions: { configuration: { lookup: never, session: { bypass: false } }, holdHeaders: true },
  expecting: {
    configuration: { lookup: never },
    holdHeaders: true,
    connectionManager: { proxy_100_continue: true },
  },
  smallBuffer: {
    configuration: { lookup: soon },
    holdHeaders: true,
    fields: { per_connection_buffer_limit_bytes: 32_768 },
  },
  smallWindow: {
    configuration: { lookup: soon },
    holdHeaders: true,
    connectionManager: {
      codec_type: 'HTTP2',
      http2_protocol_options: { initial_stream_window_size: 65_536, initial_connection_window_size: 65_536 },
    },
  },
};

/** Sends back each chunk as it comes. */
const echo: HeadersScript = (request, response) => {
  response.writeHead(200, { 'content-type': 'text/plain' });
  response.flushHeaders();
  request.pipe(response);
};

function open(url: string, headers: Record<string, string>): ClientRequest {
  return httpRequest(url, { method: 'POST', headers, agent: false });
}

/** What has come of a response until it ends. */
async function read(response: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of response) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString();
}

describeInEnvoy('A request that is held for its body', { listeners }, (fixture) => {
  /** Sends `one`, waits for its echo, and only then ends the body. */
  async function converse(listener: string, path: string, headers: Record<string, string>): Promise<string> {
    const { envoy, atHeaders } = fixture();
    atHeaders(path, echo);
    const request = open(`${envoy.listenerUrl(listener)}${path}`, headers);
    request.write('one ');
    const [response] = (await once(request, 'response')) as [IncomingMessage];
    const [first] = (await once(response, 'data')) as [Buffer];
    request.end('two');
    return first.toString() + (await read(response));
  }

  it('goes upstream after the hold time-out when its client waits for the answer first, and is recorded', async () => {
    const { saved, lookups, metric } = fixture();
    const path = freshPath();
    const before = await metric('hold_timeouts');
    assert.equal(await converse('soon', path, { 'content-type': 'application/x-ndjson' }), 'one two');
    const save = await saved(path);
    assert.equal(save.attributes.get('http.request.body'), 'one two');
    assert.equal(save.attributes.get('http.response.body'), 'one two');
    assert.equal(lookups(path).length, 0);
    await eventually('hold_timeouts to grow', async () => (await metric('hold_timeouts')) > before);
  });

  for (const type of ['application/connect+proto', 'Application/Connect+JSON']) {
    it(`is not held at all with the type ${type}`, async () => {
      const { saved, lookups, metric } = fixture();
      const path = freshPath();
      const before = await metric('skipped_streaming');
      assert.equal(await converse('never', path, { 'content-type': type }), 'one two');
      assert.equal((await saved(path)).attributes.get('http.request.body'), 'one two');
      assert.equal(lookups(path).length, 0);
      await eventually('skipped_streaming to grow', async () => (await metric('skipped_streaming')) > before);
    });
  }

  for (const type of ['application/grpc', 'application/grpc-web+proto']) {
    it(`is not held at all with the type ${type}, in a session that bypasses nothing`, async () => {
      const { saved, lookups } = fixture();
      const path = freshPath();
      const headers = { 'content-type': type, 'x-softprobe-session-id': 's' };
      assert.equal(await converse('inSessions', path, headers), 'one two');
      assert.equal((await saved(path)).attributes.get('http.request.body'), 'one two');
      assert.equal(lookups(path).length, 0);
    });
  }

  it('reaches upstream at once when upstream is to answer "expect: 100-continue"', async () => {
    const { envoy, reached, saved } = fixture();
    const path = freshPath();
    const request = open(`${envoy.listenerUrl('expecting')}${path}`, { expect: '100-continue' });
    request.flushHeaders();
    await once(request, 'continue');
    request.end('asked for');
    const [response] = (await once(request, 'response')) as [IncomingMessage];
    assert.equal(await read(response), 'upstream');
    assert.equal(reached(path)[0]?.body.toString(), 'asked for');
    assert.equal((await saved(path)).attributes.get('http.request.body'), 'asked for');
  });

  it('is looked up when Envoy has answered "expect: 100-continue" itself', async () => {
    const { envoy, lookups } = fixture();
    const path = freshPath();
    const request = open(`${envoy.listenerUrl('never')}${path}`, { expect: '100-continue' });
    request.flushHeaders();
    await once(request, 'continue');
    request.end('sent');
    await once(request, 'response');
    assert.equal(lookups(path)[0]?.attributes.get('http.request.body'), 'sent');
  });

  it('goes upstream completely when the listener buffers less than the body', async () => {
    const { send, reached, saved } = fixture();
    const path = freshPath();
    const body = 'x'.repeat(100_000);
    assert.equal((await send('smallBuffer', path, { method: 'POST', body })).status, 200);
    assert.equal(reached(path)[0]?.body.length, body.length);
    assert.equal((await saved(path)).attributes.get('http.request.body'), body);
  });

  it('goes upstream completely when an HTTP/2 window is smaller than the body', async () => {
    const { envoy, reached, saved } = fixture();
    const path = freshPath();
    const body = 'x'.repeat(100_000);
    const session = connect(envoy.listenerUrl('smallWindow'));
    try {
      const stream = session.request({ ':method': 'POST', ':path': path });
      stream.end(body);
      const [headers] = (await once(stream, 'response')) as [Record<string, unknown>];
      assert.equal(headers[':status'], 200);
    } finally {
      session.destroy();
    }
    assert.equal(reached(path)[0]?.body.length, body.length);
    assert.equal((await saved(path)).attributes.get('http.request.body'), body);
  });

  it('leaves nothing behind when its client goes away', async () => {
    const { envoy, metric } = fixture();
    const path = freshPath();
    const request = open(`${envoy.listenerUrl('never')}${path}`, {});
    request.on('error', () => undefined);
    request.write('the beginning');
    await eventually('the stream to be open', async () => (await metric('streams')) > 0);
    request.destroy();
    await eventually('the stream to end', async () => (await metric('streams')) === 0);
    const { send } = fixture();
    assert.equal((await send('never', freshPath(), { method: 'POST', body: 'next' })).status, 200);
  });
});
