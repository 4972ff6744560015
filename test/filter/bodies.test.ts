import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { gzipSync } from 'node:zlib';
import { eventually } from '../support/eventually.ts';
import { describeInEnvoy, freshPath } from '../support/filter-fixture.ts';
import { filterMessage } from '../support/filter-span.ts';

const kibibyte = 1024;

const listeners = {
  headers: { configuration: { lookup: { ignoreBody: true } } },
  body: { configuration: { lookup: { withBody: true } }, holdHeaders: true },
  large: {
    configuration: { lookup: { withBody: true }, capture: { maxRequestBodyBytes: 1024 * kibibyte } },
    holdHeaders: true,
  },
  trailers: {
    configuration: { lookup: { withBody: true } },
    holdHeaders: true,
    connectionManager: { http_protocol_options: { enable_trailers: true } },
  },
};

describeInEnvoy('Bodies', { listeners }, (fixture) => {
  const bodies: [string, Buffer][] = [
    ['120 alphanumeric characters, which could be base64', Buffer.from('abcd1234'.repeat(15))],
    ['every byte there is', Buffer.from(Array.from({ length: 256 }, (_, byte) => byte))],
    ['gzip', gzipSync('a text that is compressed')],
    ['text with all lengths of UTF-8', Buffer.from('a é € 😀 \u0000 end')],
    ['text that ends within a character', Buffer.from('ends in €').subarray(0, -1)],
    ['100 KiB of noise', randomBytes(100 * kibibyte)],
  ];
  for (const listener of ['headers', 'body'] as const) {
    for (const [name, bytes] of bodies) {
      it(`records and replays ${name} as it is, with a lookup by ${listener}`, async () => {
        const { send, answer, saved, hit, lookups } = fixture();
        const path = freshPath();
        answer(path, (_, response) => void response.end(bytes));
        await send(listener, path, { method: 'POST', body: bytes });
        const save = await saved(path);
        assert.deepEqual(save.body('request'), bytes);
        assert.deepEqual(save.body('response'), bytes);
        if (listener === 'body') assert.deepEqual(lookups(path)[0]?.body('request'), bytes);
        const isText = Buffer.from(bytes.toString()).equals(bytes);
        assert.deepEqual(save.all('http.response.body.encoding'), isText ? [] : ['base64']);

        hit(
          path,
          filterMessage({ type: 'extract', status: 200, responseBody: isText ? bytes.toString() : bytes }),
        );
        const replayed = await send(listener, path, { method: 'POST', body: bytes });
        assert.deepEqual(replayed.body, bytes);
      });
    }
  }

  it('replays a body that comes as a value of bytes', async () => {
    const { send, hit } = fixture();
    const path = freshPath();
    const bytes = randomBytes(1000);
    const body = { key: 'http.response.body', value: { bytesValue: bytes } };
    hit(path, filterMessage({ type: 'extract', status: 200, more: [body] }));
    assert.deepEqual((await send('headers', path)).body, bytes);
  });

  it('does not replay a body that is marked as base64 and is not', async () => {
    const { send, hit } = fixture();
    const path = freshPath();
    const marker = { key: 'http.response.body.encoding', value: { stringValue: 'base64' } };
    hit(path, filterMessage({ type: 'extract', status: 200, responseBody: 'no base64!', more: [marker] }));
    assert.equal((await send('headers', path)).body.toString(), 'upstream');
  });

  it('does not replay a body that was recorded in part', async () => {
    const { send, hit } = fixture();
    const path = freshPath();
    const marker = { key: 'http.response.body.truncated', value: { boolValue: true } };
    hit(path, filterMessage({ type: 'extract', status: 200, responseBody: 'the beg', more: [marker] }));
    assert.equal((await send('headers', path)).body.toString(), 'upstream');
  });

  it('reads a chunked body with trailers to its end before the lookup', async () => {
    const { send, saved, lookups, reached } = fixture();
    const path = freshPath();
    const sent = {
      method: 'POST',
      headers: { trailer: 'x-sum' },
      body: ['one ', 'two'],
      trailers: { 'x-sum': '7' },
    };
    assert.equal((await send('trailers', path, sent)).body.toString(), 'upstream');
    assert.equal(lookups(path)[0]?.attributes.get('http.request.body'), 'one two');
    assert.equal((await saved(path)).attributes.get('http.request.body'), 'one two');
    assert.equal(reached(path)[0]?.body.toString(), 'one two');
  });

  it('answers a request with trailers from a recording', async () => {
    const { send, hit, reached } = fixture();
    const path = freshPath();
    hit(path, filterMessage({ type: 'extract', status: 200, responseBody: 'recorded' }));
    const sent = { method: 'POST', headers: { trailer: 'x-sum' }, body: ['a'], trailers: { 'x-sum': '7' } };
    assert.equal((await send('trailers', path, sent)).body.toString(), 'recorded');
    assert.equal(reached(path).length, 0);
  });

  it('saves a response that ends with trailers', async () => {
    const { send, answer, saved } = fixture();
    const path = freshPath();
    answer(path, (_, response) => {
      response.writeHead(200, { trailer: 'x-sum' });
      response.write('body');
      response.addTrailers({ 'x-sum': '7' });
      response.end();
    });
    await send('trailers', path);
    assert.equal((await saved(path)).attributes.get('http.response.body'), 'body');
  });

  for (const listener of ['headers', 'body'] as const) {
    for (const [name, split] of [
      ['of known length', 1],
      ['in chunks', 64],
    ] as const) {
      it(`passes a request of 2 MiB ${name} completely and marks its recording, with a lookup by ${listener}`, async () => {
        const { send, saved, reached, lookups } = fixture();
        const path = freshPath();
        const bytes = Buffer.alloc(2048 * kibibyte, 'text ');
        const size = bytes.length / split;
        const parts = Array.from({ length: split }, (_, i) => bytes.subarray(i * size, (i + 1) * size));
        const answer = await send(listener, path, {
          method: 'POST',
          body: split === 1 ? bytes : parts,
        });
        assert.equal(answer.status, 200);
        assert.ok(reached(path)[0]?.body.equals(bytes));
        const save = await saved(path);
        assert.equal(save.attributes.get('http.request.body.truncated'), 'true');
        assert.equal(save.attributes.get('http.request.body.size'), String(bytes.length));
        assert.equal(save.body('request')?.length, 256 * kibibyte);
        assert.equal(lookups(path).length, listener === 'body' ? 0 : 1);
      });
    }
  }

  for (const [name, split] of [
    ['of known length', 1],
    ['in chunks', 32],
  ] as const) {
    it(`holds no more than 512 KiB of a request ${name}, and records all of it where the cap is higher`, async () => {
      const { send, saved, reached, lookups } = fixture();
      const path = freshPath();
      const bytes = Buffer.alloc(700 * kibibyte, 'text ');
      const size = bytes.length / split;
      const parts = Array.from({ length: split }, (_, i) => bytes.subarray(i * size, (i + 1) * size));
      const answer = await send('large', path, { method: 'POST', body: split === 1 ? bytes : parts });
      assert.equal(answer.status, 200);
      assert.ok(reached(path)[0]?.body.equals(bytes));
      assert.equal(lookups(path).length, 0);
      assert.deepEqual((await saved(path)).body('request'), bytes);
    });
  }

  it('streams a response of 5 MiB and records its beginning and its true size', async () => {
    const { send, answer, saved } = fixture();
    const path = freshPath();
    const bytes = randomBytes(5 * 1024 * kibibyte);
    answer(path, (_, response) => void response.end(bytes));
    assert.ok((await send('headers', path)).body.equals(bytes));
    const save = await saved(path);
    assert.equal(save.attributes.get('http.response.body.truncated'), 'true');
    assert.equal(save.attributes.get('http.response.body.size'), String(bytes.length));
    assert.deepEqual(save.body('response'), bytes.subarray(0, 512 * kibibyte));
  });

  it('cuts a text between characters, so that it stays text', async () => {
    const { send, answer, saved } = fixture();
    const path = freshPath();
    answer(path, (_, response) => void response.end(`a${'€'.repeat(200 * kibibyte)}`));
    await send('headers', path);
    const save = await saved(path);
    assert.deepEqual(save.all('http.response.body.encoding'), []);
    assert.match(save.attributes.get('http.response.body') ?? '', /^a€+$/);
  });

  it('delivers server-sent events as they come', async () => {
    const { envoy, answer, saved } = fixture();
    const path = freshPath();
    const { promise: seen, resolve: see } = Promise.withResolvers<undefined>();
    answer(path, async (_, response) => {
      response.writeHead(200, { 'content-type': 'text/event-stream' });
      response.write('data: 1\n\n');
      // The second event is not sent before the first has arrived.
      await seen;
      response.end('data: 2\n\n');
    });
    const response = await fetch(`${envoy.listenerUrl('headers')}${path}`);
    const events = response.body!.pipeThrough(new TextDecoderStream()).getReader();
    assert.equal((await events.read()).value, 'data: 1\n\n');
    see(undefined);
    assert.equal((await events.read()).value, 'data: 2\n\n');
    await events.read();
    assert.equal((await saved(path)).attributes.get('http.response.body'), 'data: 1\n\ndata: 2\n\n');
  });

  it('does not save a response that breaks off', async () => {
    const { send, answer, saves, metric } = fixture();
    const path = freshPath();
    answer(path, (_, response) => {
      response.writeHead(200, { 'content-length': 100 });
      response.write('the beginning');
      setImmediate(() => response.destroy());
    });
    await assert.rejects(send('headers', path));
    await eventually('the loss to be counted', async () => (await metric('dropped_incomplete')) === 1);
    assert.equal(saves(path).length, 0);
  });
});
