import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { gzipSync } from 'node:zlib';
import { eventually } from '../support/eventually.ts';
import { describeInEnvoy, freshPath } from '../support/filter-fixture.ts';
import { filterModule } from '../support/filter-module.ts';
import { filterMessage } from '../support/filter-span.ts';
import type { Header } from '../support/header-map.ts';
import { recordedIn, type Recorded } from '../support/recorded.ts';
import { StreamDriver, answerOf, settle } from '../support/stream-driver.ts';
import { rootContext, WasmHost } from '../support/wasm-host.ts';

const marker = '[redacted]';
const redact = { queryParameters: ['token'], jsonFields: ['password', 'card'] };

const listeners = {
  standard: {},
  own: { configuration: { capture: { redact: { headers: ['X-Secret'], ...redact } } } },
  body: { configuration: { lookup: { withBody: true }, capture: { redact } }, holdHeaders: true },
};

describeInEnvoy('Redaction', { listeners }, (fixture) => {
  for (const name of ['authorization', 'cookie', 'proxy-authorization', 'x-api-key']) {
    it(`keeps ${name} in the proxy`, async () => {
      const { send, saved, lookups, reached } = fixture();
      const path = freshPath();
      await send('standard', path, { headers: { [name]: 'the secret' } });
      assert.deepEqual((await saved(path)).all(`http.request.header.${name}`), [marker]);
      assert.deepEqual(lookups(path)[0]?.all(`http.request.header.${name}`), [marker]);
      assert.equal(reached(path)[0]?.headers[name], 'the secret');
    });
  }

  it('keeps cookies of responses in the proxy, and passes them to the client', async () => {
    const { send, answer, saved } = fixture();
    const path = freshPath();
    answer(path, (_, response) => void response.setHeader('set-cookie', ['a=1', 'b=2']).end());
    assert.deepEqual((await send('standard', path)).all('set-cookie'), ['a=1', 'b=2']);
    assert.deepEqual((await saved(path)).all('http.response.header.set-cookie'), [marker, marker]);
  });

  it('does not replay a header that was redacted', async () => {
    const { send, hit } = fixture();
    const path = freshPath();
    const responseHeaders: [string, string][] = [
      ['set-cookie', marker],
      ['set-cookie', 'real=1'],
    ];
    hit(path, filterMessage({ type: 'extract', status: 200, responseHeaders, responseBody: marker }));
    const answer = await send('standard', path);
    assert.deepEqual(answer.all('set-cookie'), ['real=1']);
    assert.equal(answer.body.toString(), marker);
  });

  it('redacts the configured names, in any case', async () => {
    const { send, saved } = fixture();
    const path = freshPath();
    await send('own', path, { headers: { 'x-SECRET': 's', authorization: 'shown' } });
    const save = await saved(path);
    assert.deepEqual(save.all('http.request.header.x-secret'), [marker]);
    assert.deepEqual(save.all('http.request.header.authorization'), ['shown']);
  });

  it('redacts query parameters, however they are written', async () => {
    const { send, backend, reached } = fixture();
    const path = freshPath();
    const query = '?a=1&token=s3cret&%74oken=s3cret;s3cret&b;TOKEN=s3cret&token&tokens=kept#token=s3cret';
    const referer = 'http://h.test/x?token=s3cret&b=2';
    await send('own', path + query, { headers: { referer } });
    const wanted = `${path}?a=1&token=${marker}&%74oken=${marker}&b;TOKEN=${marker}&token&tokens=kept`;
    const { saved } = fixture();
    // Envoy takes the fragment away before the filter sees the path.
    const save = await saved(wanted);
    assert.deepEqual(save.all('http.request.header.referer'), [`http://h.test/x?token=${marker}&b=2`]);
    assert.equal(save.span.name, path);
    assert.ok(!backend.arrivals.some(({ body }) => body.includes('s3cret')));
    assert.equal(reached(path + query.replace(/#.*/, '')).length, 1);
  });

  const bodies: [string, string, string][] = [
    ['a value', '{"user":"u","password":"s3cret","n":1}', `{"user":"u","password":"${marker}","n":1}`],
    [
      'numbers and literals',
      '{"card": 4711 ,"password":null}',
      `{"card": "${marker}" ,"password":"${marker}"}`,
    ],
    [
      'objects and lists',
      '[{"card":{"no":["s3cret",{"a":"}"}]}},{"a":[1]}]',
      `[{"card":"${marker}"},{"a":[1]}]`,
    ],
    ['a name with escapes', '{"p\\u0061ssword":"s3cret"}', `{"p\\u0061ssword":"${marker}"}`],
    [
      'a value with quotes',
      '{"password":"s3\\"cret\\\\","b":"password"}',
      `{"password":"${marker}","b":"password"}`,
    ],
    ['text that is cut', '{"a":1,"password":"s3cr', `{"a":1,"password":"${marker}"`],
    ['a list of that name', '["password","card"]', '["password","card"]'],
    [
      'deep text',
      `${'['.repeat(20_000)}{"password":"s3cret"}`,
      `${'['.repeat(20_000)}{"password":"${marker}"}`,
    ],
  ];
  for (const [name, body, wanted] of bodies) {
    it(`redacts JSON in request and response: ${name}`, async () => {
      const { send, answer, saved, lookups, reached } = fixture();
      const path = freshPath();
      answer(path, (_, response) => void response.setHeader('content-type', 'application/json').end(body));
      const headers = { 'content-type': 'application/json' };
      assert.equal((await send('body', path, { method: 'POST', headers, body })).body.toString(), body);
      const save = await saved(path);
      assert.equal(save.attributes.get('http.request.body'), wanted);
      assert.equal(save.attributes.get('http.response.body'), wanted);
      assert.equal(lookups(path)[0]?.attributes.get('http.request.body'), wanted);
      assert.equal(reached(path)[0]?.body.toString(), body);
    });
  }

  it('redacts a form', async () => {
    const { send, saved } = fixture();
    const path = freshPath();
    const headers = { 'content-type': 'application/x-www-form-urlencoded' };
    await send('own', path, { method: 'POST', headers, body: 'token=s3cret#s3cret;s3cret&a=b' });
    assert.equal((await saved(path)).attributes.get('http.request.body'), `token=${marker}&a=b`);
  });

  it('does not let out a compressed body that it cannot look into', async () => {
    const { send, answer, saves, metric, reached } = fixture();
    const before = await metric('dropped_unredactable');
    const path = freshPath();
    const headers = { 'content-type': 'application/json', 'content-encoding': 'gzip' };
    answer(
      path,
      (_, response) => void response.writeHead(200, headers).end(gzipSync('{"password":"s3cret"}')),
    );
    await send('body', path);
    await eventually(
      'the drop to be counted',
      async () => (await metric('dropped_unredactable')) === before + 1,
    );
    assert.equal(saves(path).length, 0);
    const upload = freshPath();
    await send('body', upload, { method: 'POST', headers, body: gzipSync('{"password":"s3cret"}') });
    assert.equal(reached(upload).length, 1);
    assert.equal(saves(upload).length, 0);
  });
});

interface Exchange {
  readonly path?: string;
  readonly requestHeaders?: readonly Header[];
  readonly requestBody?: string | Uint8Array;
  readonly responseHeaders?: readonly Header[];
  readonly responseBody?: string | Uint8Array;
}

describe('Redaction in a strict host', function () {
  let module: WebAssembly.Module;

  before(async function () {
    this.timeout(120_000);
    module = new WebAssembly.Module(await readFile(await filterModule()));
  });

  function start(redacted: object): WasmHost {
    const host = new WasmHost(module);
    host.properties.set('response.code_details', 'via_upstream');
    const capture = { maxRequestBodyBytes: 2 ** 20, redact: redacted };
    assert.ok(
      host.configure(JSON.stringify({ version: 1, lookup: { enabled: false }, capture })),
      host.log.join(),
    );
    return host;
  }

  function exchange(host: WasmHost, sent: Exchange): void {
    const driver = new StreamDriver(host);
    const { path = '/', requestHeaders = [], requestBody, responseHeaders = [], responseBody } = sent;
    const head: Header[] = [
      [':method', requestBody ? 'POST' : 'GET'],
      [':path', path],
      [':authority', 'h.test'],
    ];
    driver.requestHeaders([...head, ...requestHeaders], !requestBody);
    if (requestBody) driver.requestBody(Buffer.from(requestBody), true);
    driver.responseHeaders([[':status', '200'], ...responseHeaders], !responseBody);
    if (responseBody) driver.responseBody(Buffer.from(responseBody), true);
    driver.close();
    host.callback('proxy_on_tick', rootContext);
  }

  /** What leaves the proxy of an exchange; nothing when it was dropped as unredactable. */
  function recordingOf(sent: Exchange, redacted: object): Recorded | undefined {
    const host = start(redacted);
    exchange(host, sent);
    const [save] = host.calls.values();
    assert.equal(host.metrics.get('sp_agent_dropped_unredactable') ?? 0, save ? 0 : 1);
    return save && recordedIn(save.body)[0];
  }

  const formType = 'application/x-www-form-urlencoded';
  const form: Header = ['content-type', formType];

  it('redacts parameters in every header that holds a URL', () => {
    const names = [
      'referer',
      'x-rewrite-url',
      'x-original-url',
      'x-original-uri',
      'x-forwarded-uri',
      'x-envoy-original-path',
    ];
    const requestHeaders: Header[] = names.map((name) => [name, '/a?token=s3cret&b=1']);
    const responseHeaders: Header[] = [
      ['location', 'https://h.test/cb#token=s3cret&b=1'],
      ['content-location', '/a#/b?token=s3cret'],
      ['x-other', '/a?token=s3cret'],
    ];
    const save = recordingOf({ requestHeaders, responseHeaders }, redact);
    for (const name of names) {
      assert.deepEqual(save?.all(`http.request.header.${name}`), [`/a?token=${marker}&b=1`], name);
    }
    assert.deepEqual(save?.all('http.response.header.location'), [`https://h.test/cb#token=${marker}&b=1`]);
    assert.deepEqual(save?.all('http.response.header.content-location'), [`/a#/b?token=${marker}`]);
    assert.deepEqual(save?.all('http.response.header.x-other'), ['/a?token=s3cret']);
  });

  const { queryParameters, jsonFields } = redact;
  /** By content type: whether a compressed body goes out when fields, and when parameters are redacted. */
  const compressed: [type: string | undefined, withFields: boolean, withParameters: boolean][] = [
    ['application/problem+json', false, true],
    ['Text/HTML', false, true],
    [formType, false, false],
    ['application/octet-stream', false, false],
    [undefined, false, false],
    ['application/x-protobuf', true, true],
    ['application/pdf', true, true],
  ];
  for (const [type, withFields, withParameters] of compressed) {
    it(`lets out a compressed body only where nothing in it would be redacted: ${type ?? 'no type'}`, () => {
      const responseBody = gzipSync('{"password":"s3cret"}');
      const responseHeaders: Header[] = [['content-encoding', 'gzip']];
      if (type) responseHeaders.push(['content-type', type]);
      assert.equal(recordingOf({ responseHeaders, responseBody }, { jsonFields }) !== undefined, withFields);
      assert.equal(
        recordingOf({ responseHeaders, responseBody }, { queryParameters }) !== undefined,
        withParameters,
      );
    });
  }

  it('recognizes JSON by its first byte where the type does not, and a form where there is no type', () => {
    const bodyOf = (body: string, type?: string) => {
      const responseHeaders: Header[] = type ? [['content-type', type]] : [];
      return recordingOf({ responseHeaders, responseBody: body }, redact)?.body('response')?.toString();
    };
    for (const type of ['text/plain', formType, 'application/csp-report', undefined]) {
      assert.equal(bodyOf('\ufeff {"password":"s3cret"}', type), `\ufeff {"password":"${marker}"}`, type);
    }
    assert.equal(bodyOf('token=s3cret&a=1'), `token=${marker}&a=1`);
    assert.equal(bodyOf('{"url":"/?a=1&token=t"}'), '{"url":"/?a=1&token=t"}');
  });

  it('does not send what claims to be JSON and is not', () => {
    const body = `{"a":"x"y","password":"s3cret"}`;
    const typed = (type: string): Exchange => ({
      responseHeaders: [['content-type', type]],
      responseBody: body,
    });
    for (const type of ['application/json', 'text/plain'])
      assert.equal(recordingOf(typed(type), redact), undefined, type);
    assert.ok(recordingOf(typed('application/json'), { queryParameters }));
    // Of another type it is not JSON at all.
    assert.ok(recordingOf(typed('application/x-protobuf'), redact));
  });

  it('takes time in proportion to a form', () => {
    const body = 'a&'.repeat(2 ** 19);
    const save = recordingOf({ requestHeaders: [form], requestBody: body }, redact);
    assert.ok(save?.body('request')?.equals(Buffer.from(body)));
  });

  it('gives back what a long body took', () => {
    const host = start(redact);
    const bytesInUse = () => {
      settle(host, { lookup: answerOf(404), save: answerOf(200) });
      return host.metrics.get('sp_agent_memory_bytes') ?? 0;
    };
    const kept = 128 * 1024;
    for (const sent of [
      { path: `/?token=s3cret&${'x'.repeat(300_000)}` },
      { requestHeaders: [form], requestBody: `token=s3cret&${'x'.repeat(300_000)}` },
      { requestHeaders: [form], requestBody: `${'%61'.repeat(300_000)}=1` },
      { requestBody: `{"${'\\n'.repeat(300_000)}":1,"password":"s3cret"}` },
    ] satisfies Exchange[]) {
      exchange(host, {});
      const before = bytesInUse();
      exchange(host, sent);
      assert.ok(bytesInUse() - before <= kept, `${bytesInUse() - before} bytes are kept`);
    }
  });
});
