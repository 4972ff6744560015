import assert from 'node:assert/strict';
import { describeInEnvoy, freshPath } from '../support/filter-fixture.ts';
import { filterMessage } from '../support/filter-span.ts';
import { exchangeBytes, valuesOf } from '../support/http-exchange.ts';

const many = { max_request_headers_kb: 4096, common_http_protocol_options: { max_headers_count: 5000 } };

const listeners = { main: {}, large: { connectionManager: many } };

const recording = (...responseHeaders: [string, string][]) =>
  filterMessage({ type: 'extract', status: 200, responseHeaders, responseBody: 'recorded' });

describeInEnvoy('Headers', { listeners }, (fixture) => {
  it('records repeated headers of request and response in their order', async () => {
    const { send, answer, saved } = fixture();
    const path = freshPath();
    answer(path, (_, response) => {
      response
        .writeHead(200, ['set-thing', 'c=3', 'x-other', 'o', 'set-thing', 'a=1', 'set-thing', 'b=2'])
        .end();
    });
    await send('main', path, { headers: ['host', 'h.test', 'x-many', '3', 'X-Many', '1', 'x-many', '2'] });
    const save = await saved(path);
    assert.deepEqual(save.all('http.request.header.x-many'), ['3', '1', '2']);
    assert.deepEqual(save.all('http.response.header.set-thing'), ['c=3', 'a=1', 'b=2']);
  });

  it('replays two cookies and other repeated headers in their order', async () => {
    const { send, hit } = fixture();
    const path = freshPath();
    hit(path, recording(['set-cookie', 'b=2; Path=/'], ['x-one', '1'], ['set-cookie', 'a=1']));
    const answer = await send('main', path);
    assert.deepEqual(answer.all('set-cookie'), ['b=2; Path=/', 'a=1']);
    assert.deepEqual(answer.all('x-one'), ['1']);
  });

  it('replays a header whose values come as an array', async () => {
    const { send, hit } = fixture();
    const path = freshPath();
    const values = ['b', 'a'].map((stringValue) => ({ stringValue }));
    const header = { key: 'http.response.header.x-list', value: { arrayValue: { values } } };
    hit(path, filterMessage({ type: 'extract', status: 200, more: [header] }));
    assert.deepEqual((await send('main', path)).all('x-list'), ['b', 'a']);
  });

  it('records header bytes that are not UTF-8 exactly, and continues', async () => {
    const { envoy, saved, send } = fixture();
    const path = freshPath();
    const request = `GET ${path} HTTP/1.1\r\nhost: h.test\r\nconnection: close\r\nx-bytes: a\xff\xfeb\r\n\r\n`;
    const answer = await exchangeBytes(envoy.listenerUrl('main'), Buffer.from(request, 'latin1'));
    assert.match(answer, /^HTTP\/1.1 200 /);
    assert.deepEqual((await saved(path)).all('http.request.header.x-bytes'), ['bytes:61fffe62']);
    assert.equal((await send('main', freshPath())).status, 200);
  });

  it('keeps a recording from breaking out of its header', async () => {
    const { envoy, hit } = fixture();
    const path = freshPath();
    hit(
      path,
      recording(
        ['x-split', 'a\r\nx-injected: yes'],
        ['x-nul', 'a\0b'],
        ['x-in\r\nx-injected', 'yes'],
        ['x with blanks', 'yes'],
        ['x-colon:', 'yes'],
        [':status', '418'],
        ['', 'nameless'],
        ['X-Upper', 'Kept'],
        ['x-blanks', '  inside out  '],
      ),
    );
    const request = `GET ${path} HTTP/1.1\r\nhost: h.test\r\nconnection: close\r\n\r\n`;
    const answer = await exchangeBytes(envoy.listenerUrl('main'), Buffer.from(request));
    assert.match(answer, /^HTTP\/1.1 200 /);
    assert.doesNotMatch(answer, /injected|x-split|x-nul|x with|x-colon|418|nameless/);
    assert.match(answer, /\r\nx-upper: Kept\r\n/);
    assert.match(answer, /\r\nx-blanks: inside out\r\n/);
  });

  it('replays nothing that belongs to the connection', async () => {
    const { send, hit } = fixture();
    const path = freshPath();
    const names = [
      'connection',
      'keep-alive',
      'transfer-encoding',
      'upgrade',
      'te',
      'trailer',
      'content-length',
    ];
    hit(
      path,
      recording(...names.map((name): [string, string] => [name, name === 'content-length' ? '3' : 'x'])),
    );
    const answer = await send('main', path);
    assert.equal(answer.body.toString(), 'recorded');
    assert.deepEqual(answer.all('content-length'), ['8']);
    for (const name of names.slice(1, -1)) assert.deepEqual(valuesOf(answer.rawHeaders, name), [], name);
  });

  it('replays the recorded content type, and no other', async () => {
    const { send, hit } = fixture();
    const path = freshPath();
    hit(path, recording(['content-type', 'application/vnd.a+json']));
    assert.deepEqual((await send('main', path)).all('content-type'), ['application/vnd.a+json']);
  });

  for (const [name, headers] of [
    ['2,000 headers', Object.fromEntries(Array.from({ length: 2000 }, (_, i) => [`x-h${i}`, 'v']))],
    [
      '1.2 MB of headers',
      Object.fromEntries(Array.from({ length: 100 }, (_, i) => [`x-h${i}`, 'v'.repeat(12_000)])),
    ],
  ] as const) {
    it(`records a request with ${name}, all of them`, async () => {
      const { send, reached, saved } = fixture();
      const path = freshPath();
      const answer = await send('large', path, { headers });
      assert.equal(answer.status, 200);
      assert.equal(reached(path).length, 1);
      const save = await saved(path);
      for (const [header, value] of Object.entries(headers)) {
        assert.deepEqual(save.all(`http.request.header.${header}`), [value]);
      }
    });

    it(`does not replay a recording with ${name}, which the host would lose`, async () => {
      const { send, hit } = fixture();
      const path = freshPath();
      hit(path, recording(...Object.entries(headers)));
      assert.equal((await send('main', path)).body.toString(), 'upstream');
    });
  }
});
