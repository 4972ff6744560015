import assert from 'node:assert/strict';
import { describeInEnvoy, freshPath } from '../support/filter-fixture.ts';
import { exchangeBytes, type Sent } from '../support/http-exchange.ts';

const listeners = {
  headers: { configuration: { lookup: { ignoreBody: true } } },
  body: { configuration: { lookup: { withBody: true } }, holdHeaders: true },
};

describeInEnvoy('A request without a body', { listeners }, (fixture) => {
  const without: [what: string, sent: Sent][] = [
    ['GET', {}],
    ['POST with content-length: 0', { method: 'POST', headers: { 'content-length': 0 } }],
    ['DELETE', { method: 'DELETE' }],
  ];
  for (const listener of ['headers', 'body'] as const) {
    for (const [what, sent] of without) {
      it(`is marked as such in lookup and recording: ${what}, lookup by ${listener}`, async () => {
        const { send, saved, lookups } = fixture();
        const path = freshPath();
        await send(listener, path, sent);
        for (const { attributes } of [lookups(path)[0]!, await saved(path)]) {
          assert.equal(attributes.get('http.request.body.size'), '0');
          assert.equal(attributes.has('http.request.body'), false);
        }
      });
    }
  }

  it('is marked as such where only the end of the body shows that there is none', async () => {
    const { envoy, saved, lookups } = fixture();
    const path = freshPath();
    const request = `POST ${path} HTTP/1.1\r\nhost: h.test\r\nconnection: close\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n`;
    await exchangeBytes(envoy.listenerUrl('body'), Buffer.from(request));
    assert.equal(lookups(path)[0]?.attributes.get('http.request.body.size'), '0');
    assert.equal((await saved(path)).attributes.get('http.request.body.size'), '0');
  });

  it('differs from a lookup by headers alone, which leaves the body open', async () => {
    const { send, saved, lookups } = fixture();
    const path = freshPath();
    await send('headers', path, { method: 'POST', body: 'alice' });
    assert.equal(lookups(path)[0]?.attributes.has('http.request.body.size'), false);
    const { attributes } = await saved(path);
    assert.equal(attributes.get('http.request.body'), 'alice');
    assert.equal(attributes.has('http.request.body.size'), false);
  });
});
