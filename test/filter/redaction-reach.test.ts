import assert from 'node:assert/strict';
import type { OutgoingHttpHeaders } from 'node:http';
import { gzipSync } from 'node:zlib';
import { eventually } from '../support/eventually.ts';
import { describeInEnvoy, freshPath } from '../support/filter-fixture.ts';

const secret = 's3cret';
const marker = '[redacted]';

const redacting = (redact: object) => ({
  configuration: { lookup: { enabled: false }, capture: { redact } },
});

const listeners = {
  defaults: redacting({}),
  more: redacting({ moreHeaders: ['x-own', 'x-*-own'] }),
  only: redacting({ headers: ['x-own', '*tail', 'he*d'] }),
  full: redacting({ queryParameters: ['token', '*secret*'], jsonFields: ['password', '*_key'] }),
  fields: redacting({ jsonFields: ['password'] }),
};

describeInEnvoy('What redaction reaches', { listeners }, (fixture) => {
  async function recordedHeaders(listener: string, names: readonly string[]) {
    const { send, saved } = fixture();
    const path = freshPath();
    await send(listener, path, { headers: Object.fromEntries(names.map((name) => [name, secret])) });
    const { attributes } = await saved(path);
    return names.filter((name) => attributes.get(`http.request.header.${name}`) !== marker);
  }

  it('is every header that is known to carry a credential', async () => {
    const names = [
      'authorization',
      'cookie',
      'x-api-key',
      'api-key',
      'apikey',
      'x-auth-token',
      'x-access-token',
      'x-csrf-token',
      'x-xsrf-token',
      'x-amz-security-token',
      'x-goog-api-key',
      'x-vault-token',
      'private-token',
      'x-gitlab-token',
      'job-token',
      'deploy-token',
      'x-github-token',
      'x-shopify-access-token',
      'ocp-apim-subscription-key',
      'x-functions-key-api-key',
      'x-goog-iap-jwt-assertion',
      'cf-access-jwt-assertion',
      'cf-access-client-secret',
      'x-forwarded-access-token',
      'x-refresh-token',
      'x-id-token',
      'x-amzn-oidc-data',
      'x-amzn-oidc-accesstoken',
      'x-ms-client-principal',
      'x-ms-token-aad-access-token',
      'x-ms-authorization-auxiliary',
      'dpop',
      'dd-api-key',
      'dd-application-key-secret',
      'x-datadog-api-key',
      'x-honeycomb-api_key',
      'x-sentry-auth',
      'x-newrelic-license-key',
      'x-auth-key',
      'x-account-key',
      'x-hub-signature-256',
      'stripe-signature',
      'x-amz-server-side-encryption-customer-key',
      'x-goog-encryption-key',
      'x-client-cert',
      'ssl-client-cert',
      'x-arr-clientcert',
      'x-parse-session-token',
      'x-user-password',
      'x-github-otp',
    ];
    assert.deepEqual(await recordedHeaders('defaults', names), []);
  });

  it('is no header that only resembles one', async () => {
    const names = [
      'accept',
      'accept-encoding',
      'content-type',
      'user-agent',
      'x-request-id',
      'idempotency-key',
    ];
    names.push('x-author', 'origin', 'if-none-match', 'x-session-id');
    assert.deepEqual(await recordedHeaders('defaults', names), names);
  });

  it('grows by more headers, in patterns too, and keeps the defaults', async () => {
    assert.deepEqual(
      await recordedHeaders('more', ['x-own', 'x-their-own', 'authorization', 'x-vault-token', 'x-other']),
      ['x-other'],
    );
  });

  it('is what a list of headers names where that replaces the defaults', async () => {
    const names = ['x-own', 'x-tail', 'tail', 'head', 'heed-d', 'tails', 'xhead', 'authorization'];
    assert.deepEqual(await recordedHeaders('only', names), ['tails', 'xhead', 'authorization']);
  });

  it('are parameters in every header that holds a URL', async () => {
    const { send, saved, answer } = fixture();
    const path = freshPath();
    const asked = ['referer', 'destination', 'hx-current-url', 'x-original-forwarded-uri', 'x-original-url'];
    const answered = ['link', 'refresh', 'sourcemap', 'x-sourcemap', 'hx-redirect', 'operation-location'];
    answered.push('location', 'content-location', 'hx-push-url', 'azure-asyncoperation', 'turbo-location');
    const value = `https://h.test/a?token=${secret}&b=1`;
    answer(path, (_, response) => {
      for (const name of answered) response.setHeader(name, value);
      response.end();
    });
    await send('full', path, { headers: Object.fromEntries(asked.map((name) => [name, value])) });
    const { attributes } = await saved(path);
    const expected = value.replace(secret, marker);
    for (const name of asked) assert.equal(attributes.get(`http.request.header.${name}`), expected, name);
    for (const name of answered) assert.equal(attributes.get(`http.response.header.${name}`), expected, name);
  });

  const queries: [given: string, redacted: string][] = [
    ['?token[]=s3cret&a=1', '?token[]=[redacted]&a=1'],
    ['?user[token]=s3cret', '?user[token]=[redacted]'],
    ['?user%5Btoken%5D=s3cret', '?user%5Btoken%5D=[redacted]'],
    ['?user.token=s3cret', '?user.token=[redacted]'],
    ['?MY_Client_Secret_1=s3cret', '?MY_Client_Secret_1=[redacted]'],
    ['?tokens=1&user[tokens]=2', '?tokens=1&user[tokens]=2'],
    [';token=s3cret/b?a=1', ';token=[redacted]'],
  ];
  for (const [given, redacted] of queries) {
    it(`is the parameter in ${given}`, async () => {
      const { send, saved } = fixture();
      const path = freshPath();
      await send('full', path + given);
      const { span } = await saved(path + redacted);
      assert.ok(!span.name?.includes(secret));
    });
  }

  /** The body of a response as it was recorded; undefined when it was dropped and counted. */
  async function recordedBody(listener: string, headers: OutgoingHttpHeaders, body: string | Uint8Array) {
    const { send, answer, saves, metric } = fixture();
    const path = freshPath();
    const dropped = await metric('dropped_unredactable');
    answer(path, (_, response) => void response.writeHead(200, headers).end(body));
    await send(listener, path);
    const isDropped = async () => (await metric('dropped_unredactable')) === dropped + 1;
    await eventually(
      `a recording of ${path}, or its drop`,
      async () => saves(path)[0] ?? (await isDropped()),
    );
    return saves(path)[0]?.body('response')?.toString();
  }

  const json = { 'content-type': 'application/json' };
  const inString = (value: unknown) => JSON.stringify({ payload: JSON.stringify(value), a: 1 });
  const nested: [what: string, body: string][] = [
    ['JSON in a string', inString({ password: secret })],
    ['JSON in a string in a string', inString({ inner: JSON.stringify({ api_key: secret }) })],
    [
      'a name behind escapes in a string',
      '{"payload":"{\\"\\u0070ass\\\\u0077ord\\" : \\"s3cret\\"}","a":1}',
    ],
    ['a name and a line end in a string', '{"payload":"{\\"password\\"\\n:1}","a":1}'],
  ];
  for (const [what, body] of nested) {
    it(`is a member in ${what}, of which all goes`, async () => {
      assert.equal(await recordedBody('full', json, body), `{"payload":"${marker}","a":1}`);
    });
  }

  it('leaves JSON in a string as it is where nothing in it is to be redacted', async () => {
    for (const body of [
      inString({ a: 'password', b: 'x"password"y' }),
      inString('C:\\new\\u0041\\d+ "quoted"'),
      '{"payload":"\\u00e9\\ud83d\\ude00","a":1}',
    ])
      assert.equal(await recordedBody('full', json, body), body);
  });

  const boundary = '----form123';
  const multipart = { 'content-type': `multipart/form-data; boundary=${boundary}` };
  const partOf = (headers: string, content: string) =>
    `--${boundary}\r\nContent-Disposition: form-data; ${headers}\r\n\r\n${content}\r\n`;

  it('are the fields of a multipart form', async () => {
    const form = (value: string, nestedValue: string) =>
      [
        partOf('name="a"', '1'),
        partOf('name="token"', value),
        partOf('name=user[token]', value),
        partOf('filename="x.txt"; name="my_secret"', value),
        partOf('name="empty"', ''),
        partOf('name="data"\r\nContent-Type: application/json', nestedValue),
        partOf('name="b"', '2'),
        `--${boundary}--\r\n`,
      ].join('');
    const sent = form(`${secret}\r\n--${boundary.slice(0, -1)}`, `{"password":"${secret}"}`);
    assert.equal(await recordedBody('full', multipart, sent), form(marker, marker));
    assert.equal(await recordedBody('defaults', multipart, sent), sent);
    const byFields = await recordedBody('fields', multipart, form('1', `{"password":"${secret}"}`));
    assert.equal(byFields, form('1', marker));
  });

  it('is a part of a multipart form without a name that can be read', async () => {
    const form = (value: string) => `${partOf(`name*=UTF-8''%74oken`, value)}--${boundary}--\r\n`;
    assert.equal(await recordedBody('full', multipart, form(secret)), form(marker));
  });

  it('is nothing in a multipart form that holds nothing to redact', async () => {
    const form = `${partOf('name="a"', '{"b":"c"}')}--${boundary}--\r\n`;
    assert.equal(await recordedBody('full', multipart, form), form);
  });

  const dropped: [what: string, headers: OutgoingHttpHeaders, body: string | Uint8Array][] = [
    ['a multipart form without its first boundary', multipart, `token=${secret}`],
    ['a compressed multipart form', { ...multipart, 'content-encoding': 'gzip' }, gzipSync('x')],
    [
      'an event stream with such a member',
      { 'content-type': 'text/event-stream' },
      `data: {"password":"${secret}"}\n\n`,
    ],
    [
      'a page with such a member in a script',
      { 'content-type': 'text/html' },
      `<script>x={"password":"${secret}"}</script>`,
    ],
  ];
  for (const [what, headers, body] of dropped) {
    it(`does not let out ${what}, and counts it`, async () => {
      assert.equal(await recordedBody('full', headers, body), undefined);
    });
  }

  it('lets out text and event streams in which nothing is to be redacted', async () => {
    for (const [type, body] of [
      ['text/event-stream', 'data: {"a":"password"}\n\n'],
      ['text/html', '<p class="password">"a": 1</p>'],
    ] as const)
      assert.equal(await recordedBody('full', { 'content-type': type }, body), body);
  });
});
