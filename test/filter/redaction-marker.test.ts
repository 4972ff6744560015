import assert from 'node:assert/strict';
import { createHmac } from 'node:crypto';
import { describeInEnvoy, freshPath } from '../support/filter-fixture.ts';
import { filterMessage } from '../support/filter-span.ts';
import type { Sent } from '../support/http-exchange.ts';

const key = 'b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7';
const capture = (keyEnv?: string) => ({
  redact: { queryParameters: ['token'], jsonFields: ['password'], ...(keyEnv ? { keyEnv } : {}) },
});

const listeners = {
  keyed: { configuration: { lookup: { withBody: true }, capture: capture('SP_KEY') }, holdHeaders: true },
  plain: { configuration: { lookup: { withBody: true }, capture: capture() }, holdHeaders: true },
  keyless: {
    configuration: { lookup: { withBody: true }, capture: capture('SP_NO_KEY') },
    holdHeaders: true,
  },
};

/** What the marker of a value must be, computed independently of the filter. */
function markerOf(value: string): string {
  return `[redacted:${createHmac('sha256', key).update(value).digest('hex').slice(0, 32)}]`;
}

describeInEnvoy(
  'Markers of redacted values',
  { listeners, environment: { SP_KEY: `${key}\n` } },
  (fixture) => {
    const asUser = (name: string): Sent => ({
      method: 'POST',
      headers: {
        authorization: `Bearer ${name}`,
        cookie: `id=${name}`,
        referer: `/?token=${name}`,
        'content-type': 'application/json',
      },
      body: Buffer.from(`{"password":"${name}","a":1}`),
    });

    it('carry a keyed digest in lookups and recordings', async () => {
      const { send, saved, lookups } = fixture();
      const path = `${freshPath()}?token=`;
      await send('keyed', `${path}alice&b=1`, asUser('alice'));
      const redacted = `${path}${markerOf('alice')}&b=1`;
      for (const { attributes } of [lookups(redacted)[0]!, await saved(redacted)]) {
        assert.equal(attributes.get('http.request.header.authorization'), markerOf('Bearer alice'));
        assert.equal(attributes.get('http.request.header.cookie'), markerOf('id=alice'));
        assert.equal(attributes.get('http.request.header.referer'), `/?token=${markerOf('alice')}`);
        assert.equal(attributes.get('http.request.body'), `{"password":"${markerOf('"alice"')}","a":1}`);
      }
    });

    it('are the same for a user and differ between users', async () => {
      const { send, backend } = fixture();
      const path = freshPath();
      const before = backend.arrivals.length;
      for (const name of ['alice', 'bob', 'alice']) await send('keyed', path, asUser(name));
      const credentials = fixture()
        .lookups(path)
        .map(({ attributes }) => attributes.get('http.request.header.authorization'));
      assert.equal(credentials.length, 3);
      assert.equal(credentials[0], credentials[2]);
      assert.notEqual(credentials[0], credentials[1]);
      const bytes = Buffer.concat(backend.arrivals.slice(before).map(({ body }) => body));
      for (const secret of ['alice', 'bob', key]) assert.ok(!bytes.includes(secret), secret);
    });

    it('are plain in responses, which nothing is matched by', async () => {
      const { send, saved, answer } = fixture();
      const path = freshPath();
      answer(path, (_, response) => {
        response.setHeader('set-cookie', 'id=alice').setHeader('content-type', 'application/json');
        response.end('{"password":"alice"}');
      });
      await send('keyed', path);
      const { attributes } = await saved(path);
      assert.equal(attributes.get('http.response.header.set-cookie'), '[redacted]');
      assert.equal(attributes.get('http.response.body'), '{"password":"[redacted]"}');
    });

    it('are the same for everybody where no key is asked for', async () => {
      const { send, lookups } = fixture();
      const path = freshPath();
      await send('plain', path, asUser('alice'));
      const { attributes } = lookups(path)[0]!;
      assert.equal(attributes.get('http.request.header.authorization'), '[redacted]');
      assert.equal(attributes.get('http.request.body'), '{"password":"[redacted]","a":1}');
    });

    const redacted: [what: string, query: string, sent: Sent][] = [
      ['a header', '', { headers: { authorization: 'Bearer alice' } }],
      ['a query parameter', '?token=alice', {}],
      ['a JSON field', '', { method: 'POST', body: Buffer.from('{"password":"alice"}') }],
    ];
    for (const [what, query, sent] of redacted) {
      it(`keep a request with ${what} to redact from its lookup where the environment lacks the key`, async () => {
        const { send, saved, lookups, metric } = fixture();
        const path = `${freshPath()}${query}`;
        const skipped = await metric('skipped_ambiguous');
        assert.equal((await send('keyless', path, sent)).body.toString(), 'upstream');
        const recordedPath = path.replace('alice', '[redacted]');
        await saved(recordedPath);
        assert.equal(lookups(recordedPath).length, 0);
        assert.equal(await metric('skipped_ambiguous'), skipped + 1);
      });
    }

    it('do not keep other requests from their lookups where the environment lacks the key', async () => {
      const { send, lookups, envoy } = fixture();
      const path = freshPath();
      await send('keyless', path, { method: 'POST', body: Buffer.from('{"a":1}') });
      assert.equal(lookups(path).length, 1);
      assert.match(envoy.log(), /SP requests with redacted values are not looked up.*"SP_NO_KEY"/);
    });

    it('are not replayed as headers', async () => {
      const { send, hit } = fixture();
      const path = freshPath();
      const responseHeaders = [
        ['set-cookie', markerOf('x')],
        ['x-a', '1'],
      ] as const;
      hit(path, filterMessage({ type: 'extract', status: 200, responseHeaders }));
      const answer = await send('keyed', path);
      assert.deepEqual([answer.all('set-cookie'), answer.all('x-a')], [[], ['1']]);
    });
  },
);
