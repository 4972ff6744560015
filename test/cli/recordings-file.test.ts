import assert from 'node:assert/strict';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { exchangeOf } from '../../operator/backend/protocol/exchange.ts';
import type { ResourceSpan } from '../../operator/backend/protocol/otlp.ts';
import { readRecordings, writeRecordings } from '../../operator/cli/recordings/recordings-file.ts';

const attribute = (key: string, stringValue: string) => ({ key, value: { stringValue } });

const recorded = (body: Uint8Array, ...more: ReturnType<typeof attribute>[]): ResourceSpan => ({
  resourceAttributes: [],
  span: {
    name: 'HTTP POST',
    startTimeUnixNano: '1767323045000000000',
    attributes: [
      attribute('http.request.method', 'POST'),
      attribute('url.scheme', 'https'),
      attribute('url.host', 'api.example:8443'),
      attribute('url.path', '/orders?page=2'),
      attribute('http.request.header.content-type', 'application/json'),
      { key: 'http.request.body', value: { bytesValue: Buffer.from('{"amount":3}') } },
      { key: 'http.response.status_code', value: { intValue: 201 } },
      attribute('http.response.header.content-type', 'application/octet-stream'),
      ...more,
      { key: 'http.response.body', value: { bytesValue: body } },
    ],
  },
});

describe('a file of recordings', () => {
  let directory: string;
  beforeEach(async () => (directory = await mkdtemp(join(tmpdir(), 'recordings-'))));
  afterEach(() => rm(directory, { recursive: true }));

  const through = async (name: string, span: ResourceSpan) => {
    const file = join(directory, name);
    await writeRecordings(file, [span]);
    const [read, ...others] = await readRecordings(file);
    assert.deepEqual(others, []);
    assert.ok(read);
    return exchangeOf(read);
  };

  for (const name of ['traffic.json', 'traffic.har']) {
    for (const [what, body] of [
      ['text', Buffer.from('täxt')],
      ['bytes', Buffer.from([0, 255, 254, 1])],
    ] as const) {
      it(`keeps an exchange with ${what} in ${name}`, async () => {
        const { key, requestBody, status, responseBody } = await through(name, recorded(body));
        assert.deepEqual(
          [key.method, key.host, key.path, status],
          ['POST', 'api.example:8443', '/orders?page=2', 201],
        );
        assert.equal(typeof requestBody === 'object' && String(requestBody.bytes), '{"amount":3}');
        assert.deepEqual(Buffer.from(responseBody?.bytes ?? []), body);
      });
    }
  }

  it('holds a compressed response decoded where it is an HTTP archive', async () => {
    const coded = recorded(
      gzipSync('hello'),
      attribute('http.response.header.content-encoding', 'gzip'),
      attribute('http.response.header.content-length', '25'),
    );
    const { responseBody, responseHeaders } = await through('traffic.har', coded);
    assert.equal(String(responseBody?.bytes), 'hello');
    assert.deepEqual(responseHeaders, [['content-type', 'application/octet-stream']]);
  });

  it('does not let a response be replayed that an HTTP archive holds in part', async () => {
    const unknown = recorded(Buffer.from('x'), attribute('http.response.header.content-encoding', 'rot13'));
    assert.equal((await through('traffic.har', unknown)).responseBody?.truncated, true);
  });

  const read = async (content: unknown) => {
    const file = join(directory, 'given');
    await writeFile(file, typeof content === 'string' ? content : JSON.stringify(content));
    return readRecordings(file);
  };
  const entry = {
    request: {
      method: 'GET',
      url: 'https://shop.example/cart',
      headers: [
        { name: ':authority', value: 'shop.example' },
        { name: 'Accept', value: '*/*' },
      ],
    },
    response: { status: 200, headers: [], content: { size: 2, text: 'ok' } },
  };

  it('may be an HTTP archive of a browser, without what got no response', async () => {
    const blocked = { ...entry, response: { ...entry.response, status: 0 } };
    const spans = await read({ log: { entries: [entry, blocked] } });
    assert.equal(spans.length, 1);
    const { key, requestHeaders, requestBody } = exchangeOf(spans[0] as ResourceSpan);
    assert.deepEqual([key.host, key.path, requestBody], ['shop.example', '/cart', 'none']);
    assert.deepEqual(requestHeaders, [['accept', '*/*']]);
  });

  it('may be OTLP JSON', async () => {
    await writeRecordings(join(directory, 'case.json'), [recorded(Buffer.from('x'))]);
    const written = JSON.parse(await readFile(join(directory, 'case.json'), 'utf8')) as { traces: unknown[] };
    assert.equal((await read(written.traces[0])).length, 1);
  });

  const unreadable: readonly (readonly [string, unknown, RegExp])[] = [
    ['no JSON', 'hello', /given: Unexpected token/],
    [
      'something else',
      { hello: 1 },
      /holds neither recordings of spagent, nor OTLP JSON, nor an HTTP archive/,
    ],
    [
      'an archive without URLs',
      { log: { entries: [{ ...entry, request: { method: 'GET' } }] } },
      /given: log\.entries\.0\.request\.url: /,
    ],
    ['a broken case', { traces: [{ resourceSpans: 3 }] }, /resourceSpans: a list expected/],
  ];
  for (const [what, content, message] of unreadable) {
    it(`names what is wrong with ${what}`, () => assert.rejects(read(content), message));
  }
});
