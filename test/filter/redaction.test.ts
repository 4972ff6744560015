import assert from 'node:assert/strict';
import { gzipSync } from 'node:zlib';
import { eventually } from '../support/eventually.ts';
import { describeInEnvoy, freshPath } from '../support/filter-fixture.ts';
import { filterMessage } from '../support/filter-span.ts';

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

  it('takes the names that it is told, in any case', async () => {
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
    const query = '?a=1&token=s3cret&%74oken=s3cret;TOKEN=s3cret&token&tokens=kept#token=s3cret';
    const referer = 'http://h.test/x?token=s3cret&b=2';
    await send('own', path + query, { headers: { referer } });
    const wanted = `${path}?a=1&token=${marker}&%74oken=${marker};TOKEN=${marker}&token&tokens=kept`;
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
    ['numbers and literals', '{"card": 4711 ,"password":null}', `{"card": "${marker}" ,"password":"${marker}"}`],
    ['objects and lists', '[{"card":{"no":["s3cret",{"a":"}"}]}},{"a":[1]}]', `[{"card":"${marker}"},{"a":[1]}]`],
    ['a name with escapes', '{"p\\u0061ssword":"s3cret"}', `{"p\\u0061ssword":"${marker}"}`],
    ['a value with quotes', '{"password":"s3\\"cret\\\\","b":"password"}', `{"password":"${marker}","b":"password"}`],
    ['text that is cut', '{"a":1,"password":"s3cr', `{"a":1,"password":"${marker}"`],
    ['a list of that name', '["password","card"]', '["password","card"]'],
    ['deep text', `${'['.repeat(20_000)}{"password":"s3cret"}`, `${'['.repeat(20_000)}{"password":"${marker}"}`],
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
    await send('own', path, { method: 'POST', headers, body: 'token=s3cret&a=b' });
    assert.equal((await saved(path)).attributes.get('http.request.body'), `token=${marker}&a=b`);
  });

  it('does not let out a compressed body that it cannot look into', async () => {
    const { send, answer, saves, metric, reached } = fixture();
    const before = await metric('dropped_unredactable');
    const path = freshPath();
    const headers = { 'content-type': 'application/json', 'content-encoding': 'gzip' };
    answer(path, (_, response) => void response.writeHead(200, headers).end(gzipSync('{"password":"s3cret"}')));
    await send('body', path);
    await eventually('the drop to be counted', async () => (await metric('dropped_unredactable')) === before + 1);
    assert.equal(saves(path).length, 0);
    const upload = freshPath();
    await send('body', upload, { method: 'POST', headers, body: gzipSync('{"password":"s3cret"}') });
    assert.equal(reached(upload).length, 1);
    assert.equal(saves(upload).length, 0);
  });
});
