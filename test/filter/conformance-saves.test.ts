import assert from 'node:assert/strict';
import { gzipSync } from 'node:zlib';
import { decodeTraces, spansOf } from '../../operator/backend/protocol/otlp.ts';
import { eventually } from '../support/eventually.ts';
import { describeInEnvoy, freshPath, type FilterFixture } from '../support/filter-fixture.ts';
import { filterMessage } from '../support/filter-span.ts';

/** What the profile Runtime gives the filter, and a flush that never comes by itself. */
const runtime = {
  lookup: { when: 'session', ignoreBody: true, cacheRules: 'none', onAnswer: 'pass' },
  capture: { statuses: ['2xx', '3xx', '4xx', '5xx'], maxResponseBodyBytes: 1000 },
  session: { bypass: false },
  save: { perSession: true, retry: 'refused', flushMs: 600_000 },
};

const listeners = {
  runtime: { configuration: runtime },
  quick: { configuration: { ...runtime, save: { ...runtime.save, flushMs: 20 } } },
  always: { configuration: { ...runtime, lookup: { ...runtime.lookup, when: 'always' } } },
};

/** The session ids in each message to `/v1/traces` that holds one of the paths. */
function sessionsOf({ backend }: FilterFixture, paths: readonly string[]): string[][] {
  return backend.arrivals
    .filter((arrival) => arrival.path.endsWith('/v1/traces'))
    .map(({ body }) => spansOf(decodeTraces(body)).map(({ span }) => span.attributes ?? []))
    .filter((spans) =>
      spans.some((attributes) =>
        attributes.some(({ key, value }) => key === 'url.path' && paths.includes(value?.stringValue ?? '')),
      ),
    )
    .map((spans) =>
      spans.map(
        (attributes) => attributes.find(({ key }) => key === 'sp.session.id')?.value?.stringValue ?? '',
      ),
    );
}

describeInEnvoy("Conformance with Softprobe's runtime: recordings", { listeners }, (fixture) => {
  const send = (path: string, session: string, listener = 'runtime') =>
    fixture().send(listener, path, { headers: { 'x-softprobe-session-id': session } });

  it('15, 16: sends each recording of a session at once, in a message of its own', async () => {
    const { saved, saves } = fixture();
    const paths = [freshPath(), freshPath(), freshPath()] as const;
    const without = freshPath();
    await Promise.all([
      send(paths[0], 'a', 'always'),
      send(paths[1], 'b', 'always'),
      fixture().send('always', without),
      send(paths[2], 'a', 'always'),
    ]);
    await Promise.all(paths.map((path) => saved(path)));
    const messages = sessionsOf(fixture(), paths);
    assert.deepEqual(messages.map((ids) => ids.join()).sort(), ['a', 'a', 'b']);
    // It waits for its batch, which the next recording of a session sends first.
    await eventually('the recording without a session', async () => {
      await send(freshPath(), 'a', 'always');
      return saves(without)[0];
    });
    assert.deepEqual(sessionsOf(fixture(), [without]), [['']]);
  });

  it('17: does not send a recording again where its answer was lost', async () => {
    const path = freshPath();
    const { metric, saves } = fixture();
    const [dropped, retried] = [await metric('dropped_retries'), await metric('save_retries')];
    fixture().saveAnswer = (_, response) => void response.destroy();
    await send(path, 's', 'quick');
    await eventually('the drop', async () => (await metric('dropped_retries')) === dropped + 1);
    fixture().saveAnswer = (_, response) => void response.end();
    assert.equal(saves(path).length, 1);
    assert.equal(await metric('save_retries'), retried);
  });

  it('18: records every status, and the request with its full URL', async () => {
    const { answer, saved, envoy } = fixture();
    const host = new URL(envoy.listenerUrl('runtime')).host;
    for (const status of [200, 302, 404, 500]) {
      const path = `${freshPath()}?a=1`;
      answer(path, (_, response) => void response.writeHead(status).end('x'));
      await send(path, 's');
      const { attributes, span } = await saved(path);
      const recorded = span.attributes?.find(({ key }) => key === 'http.response.status_code')?.value;
      assert.equal(Number(recorded?.intValue), status);
      assert.equal(attributes.get('url.full'), `http://${host}${path}`);
      assert.equal(attributes.get('url.host'), host);
      assert.equal(attributes.get('url.path'), path);
      assert.equal(attributes.get('http.request.method'), 'GET');
      assert.equal(attributes.get('sp.span.type'), 'extract');
      assert.equal(attributes.get('sp.session.id'), 's');
    }
  });

  const bodies: [what: string, body: Buffer, type: string][] = [
    ['six bytes that are not text', Buffer.from([0, 255, 254, 1, 2, 128]), 'application/octet-stream'],
    ['compressed JSON', gzipSync('{"a":1}'), 'application/json'],
    ['latin-1', Buffer.from('caf\u00e9', 'latin1'), 'text/plain; charset=iso-8859-1'],
    ['120 letters', Buffer.from('abcd'.repeat(30)), 'text/plain'],
  ];
  for (const [what, body, type] of bodies) {
    it(`19: gives ${what} back by a mock that keeps headers and body alone`, async () => {
      const { answer, saved, hit } = fixture();
      const path = freshPath();
      answer(path, (_, response) => void response.writeHead(200, { 'content-type': type }).end(body));
      await send(path, 's');
      const { attributes } = await saved(path);
      const prefix = 'http.response.header.';
      const responseHeaders = [...attributes]
        .filter(([key]) => key.startsWith(prefix))
        .map(([key, value]) => [key.slice(prefix.length), value] as const);
      const responseBody = attributes.get('http.response.body') ?? '';
      hit(path, filterMessage({ type: 'inject', status: 200, responseHeaders, responseBody }));
      const replayed = await send(path, 's');
      assert.deepEqual(replayed.body, body);
      assert.deepEqual(replayed.all('x-softprobe-body-encoding'), []);
    });
  }

  it('20: does not replay a body that was recorded cut, even where only headers and body are kept', async () => {
    const { answer, saved, hit } = fixture();
    const path = freshPath();
    answer(path, (_, response) => void response.end('x'.repeat(2000)));
    await send(path, 's');
    const { attributes } = await saved(path);
    const mark = attributes.get('http.response.header.x-softprobe-inexact') ?? '';
    assert.equal(mark, 'truncated');
    const responseHeaders = [['x-softprobe-inexact', mark]] as const;
    hit(path, filterMessage({ type: 'inject', status: 200, responseHeaders, responseBody: 'x' }));
    assert.equal((await send(path, 's')).body.length, 2000);
  });

  it('24: gives no marker of redaction to the client', async () => {
    const { answer, saved, hit } = fixture();
    const path = freshPath();
    answer(path, (_, response) => void response.setHeader('set-cookie', 'id=1').end('x'));
    await send(path, 's');
    const mark = (await saved(path)).attributes.get('http.response.header.set-cookie') ?? '';
    hit(path, filterMessage({ type: 'inject', status: 200, responseHeaders: [['set-cookie', mark]] }));
    assert.deepEqual((await send(path, 's')).all('set-cookie'), []);
  });
});
