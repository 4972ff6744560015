import assert from 'node:assert/strict';
import { eventually } from '../support/eventually.ts';
import { describeInEnvoy, freshPath } from '../support/filter-fixture.ts';
import { filterMessage } from '../support/filter-span.ts';

const listeners = {
  headers: {},
  ignoring: { configuration: { lookup: { ignoreBody: true } } },
  body: { configuration: { lookup: { withBody: true } }, holdHeaders: true },
  careful: {
    configuration: {
      agent: 'careful',
      lookup: { redactedBodies: 'skip' },
      capture: { redact: { jsonFields: ['token'] } },
    },
  },
  strict: { configuration: { lookup: { strict: true } } },
  redirects: { configuration: { capture: { statuses: ['3xx'], redact: { queryParameters: ['code'] } } } },
};

describeInEnvoy('A replay', { listeners }, (fixture) => {
  /** Nothing but a hit could answer other than upstream. */
  async function isReplayed(listener: string, recording: Uint8Array, sent = {}): Promise<boolean> {
    const { send, hit } = fixture();
    const path = freshPath();
    hit(path, recording);
    return (await send(listener, path, sent)).body.toString() !== 'upstream';
  }

  it('does not answer a request whose body the lookup cannot hold, which is recorded all the same', async () => {
    const { send, saved, lookups, metric } = fixture();
    const before = await metric('skipped_body');
    const recording = filterMessage({ type: 'extract', status: 200, responseBody: 'for alice' });
    assert.equal(await isReplayed('headers', recording, { method: 'POST', body: 'bob' }), false);
    const path = freshPath();
    await send('headers', path, { method: 'POST', body: 'bob' });
    assert.equal((await saved(path)).attributes.get('http.request.body'), 'bob');
    assert.equal(lookups(path).length, 0);
    await eventually('skipped_body to grow', async () => (await metric('skipped_body')) === before + 2);
  });

  it('answers a POST without a body where lookups hold no bodies', async () => {
    const recording = filterMessage({ type: 'extract', status: 200, responseBody: 'recorded' });
    const sent = { method: 'POST', headers: { 'content-length': 0 } };
    assert.equal(await isReplayed('headers', recording, sent), true);
  });

  it('does not wait for a body that the backend does not match', async () => {
    const { lookups, send, hit } = fixture();
    const path = freshPath();
    hit(path, filterMessage({ type: 'extract', status: 200, responseBody: 'by rule' }));
    const body = 'x'.repeat(600_000);
    assert.equal((await send('ignoring', path, { method: 'POST', body })).body.toString(), 'by rule');
    assert.equal(lookups(path)[0]?.attributes.has('http.request.body'), false);
  });

  it('is not made of a redirect whose location was redacted', async () => {
    const { send, answer, saved, metric } = fixture();
    const path = freshPath();
    answer(path, (_, response) => void response.writeHead(302, { location: '/back?code=secret' }).end());
    await send('redirects', path);
    const location = String((await saved(path)).attributes.get('http.response.header.location'));
    assert.equal(location, '/back?code=[redacted]');
    const before = await metric('hits_not_replayed');
    const recording = (value: string) =>
      filterMessage({ type: 'extract', status: 302, responseHeaders: [['location', value]] });
    assert.equal(await isReplayed('headers', recording(location)), false);
    assert.equal(await isReplayed('headers', recording('/back')), true);
    await eventually(
      'hits_not_replayed to grow',
      async () => (await metric('hits_not_replayed')) === before + 1,
    );
  });

  it('is not made of a body in which something was redacted, where that is asked for', async () => {
    const recording = filterMessage({ type: 'extract', status: 200, responseBody: '{"token":"[redacted]"}' });
    assert.equal(await isReplayed('careful', recording), false);
    assert.equal(await isReplayed('headers', recording), true);
    const complete = filterMessage({ type: 'extract', status: 200, responseBody: '{"token":null}' });
    assert.equal(await isReplayed('careful', complete), true);
  });

  it('is not made of a response that had trailers', async () => {
    const { send, answer, saved } = fixture();
    const path = freshPath();
    answer(path, (_, response) => {
      response.writeHead(200, { trailer: 'x-checksum' });
      response.write('body');
      response.addTrailers({ 'x-checksum': '1' });
      response.end();
    });
    await send('headers', path);
    const { attributes } = await saved(path);
    assert.equal(attributes.get('http.response.header.x-softprobe-inexact'), 'trailers');
    const recording = filterMessage({
      type: 'extract',
      status: 200,
      responseHeaders: [['x-softprobe-inexact', 'trailers']],
      responseBody: 'body',
    });
    assert.equal(await isReplayed('headers', recording), false);
  });

  it('that cannot be exact is refused when the lookup is strict', async () => {
    const { send, hit, reached } = fixture();
    const path = freshPath();
    const responseHeaders = [['location', '/?code=[redacted]']] as const;
    hit(path, filterMessage({ type: 'extract', status: 302, responseHeaders }));
    const answer = await send('strict', path);
    assert.equal(answer.status, 404);
    assert.deepEqual(answer.all('x-softprobe-error'), ['not-replayed']);
    assert.equal(reached(path).length, 0);
  });

  it('to a HEAD keeps the length and the type of the recording', async () => {
    const { send, hit } = fixture();
    const path = freshPath();
    const responseHeaders = [
      ['content-length', '1234'],
      ['content-type', 'text/css'],
    ] as const;
    hit(path, filterMessage({ type: 'extract', status: 200, responseHeaders }));
    const answer = await send('headers', path, { method: 'HEAD' });
    assert.deepEqual([answer.all('content-length'), answer.all('content-type')], [['1234'], ['text/css']]);
    assert.equal(answer.body.length, 0);
  });

  it('has an empty content type where the recording has one, and none where it has none', async () => {
    for (const responseHeaders of [[['content-type', '']], []] as [string, string][][]) {
      const { send, hit } = fixture();
      const path = freshPath();
      hit(path, filterMessage({ type: 'extract', status: 200, responseHeaders, responseBody: 'typeless' }));
      const answer = await send('headers', path);
      assert.equal(answer.body.toString(), 'typeless');
      assert.deepEqual(
        answer.all('content-type'),
        responseHeaders.map(([, value]) => value),
      );
    }
  });

  it('does not repeat how long upstream took when it was recorded', async () => {
    const { send, hit } = fixture();
    const path = freshPath();
    const responseHeaders = [['x-envoy-upstream-service-time', '77']] as const;
    hit(path, filterMessage({ type: 'extract', status: 200, responseHeaders, responseBody: 'recorded' }));
    assert.deepEqual((await send('headers', path)).all('x-envoy-upstream-service-time'), []);
  });

  it('passes over fields of a value that it does not know', async () => {
    const { send, hit } = fixture();
    // KeyValue {key: "http.response.status_code", value: {int_value: 207, field 502: "\xff"}}
    const value = Buffer.from('18cf01b21f01ff', 'hex');
    const message = (field: number, bytes: Uint8Array) =>
      Buffer.concat([Buffer.from([(field << 3) | 2, bytes.length]), bytes]);
    const attribute = Buffer.concat([
      message(1, Buffer.from('http.response.status_code')),
      message(2, value),
    ]);
    const path = freshPath();
    hit(path, message(1, message(2, message(2, message(9, attribute)))));
    assert.equal((await send('headers', path)).status, 207);
  });
});
