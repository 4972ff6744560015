import assert from 'node:assert/strict';
import { describeInEnvoy, freshPath } from '../support/filter-fixture.ts';
import { filterMessage } from '../support/filter-span.ts';

/** Envoy itself answers below /own, in place of an upstream. */
const own = {
  configuration: { capture: { statuses: ['2xx', '4xx', '5xx'] } },
  connectionManager: {
    route_config: {
      virtual_hosts: [
        {
          name: 'own',
          domains: ['*'],
          routes: [
            {
              match: { prefix: '/own' },
              direct_response: { status: 200, body: { inline_string: 'envoy' } },
            },
            { match: { prefix: '/' }, route: { cluster: 'upstream' } },
          ],
        },
      ],
    },
  },
};

const listeners = {
  main: {},
  more: { configuration: { capture: { statuses: ['2xx', '404'] } } },
  own,
  // The router then says nothing of what it did in headers.
  silent: { ...own, router: { suppress_envoy_headers: true } },
};

describeInEnvoy('Statuses', { listeners }, (fixture) => {
  for (const status of [0, 42, 101, 199, 600, 999, 100_000]) {
    it(`does not replay a recorded status of ${status}`, async () => {
      const { send, hit } = fixture();
      const path = freshPath();
      hit(path, filterMessage({ type: 'extract', status, responseBody: 'recorded' }));
      const answer = await send('main', path);
      assert.equal(answer.status, 200);
      assert.equal(answer.body.toString(), 'upstream');
    });
  }

  it('replays a status that was recorded as text', async () => {
    const { send, hit } = fixture();
    const path = freshPath();
    const status = { key: 'http.response.status_code', value: { stringValue: '207' } };
    hit(path, filterMessage({ type: 'extract', more: [status] }));
    assert.equal((await send('main', path)).status, 207);
  });

  for (const status of [200, 204, 299, 304, 404, 500, 599]) {
    it(`replays ${status}`, async () => {
      const { send, hit } = fixture();
      const path = freshPath();
      hit(path, filterMessage({ type: 'extract', status, responseBody: 'body' }));
      const answer = await send('main', path);
      assert.equal(answer.status, status);
      assert.equal(answer.body.toString(), status === 204 || status === 304 ? '' : 'body');
    });
  }

  it('replays to HEAD without a body', async () => {
    const { send, hit } = fixture();
    const path = freshPath();
    hit(
      path,
      filterMessage({ type: 'extract', status: 200, responseHeaders: [['x-a', 'b']], responseBody: 'body' }),
    );
    const answer = await send('main', path, { method: 'HEAD' });
    assert.equal(answer.status, 200);
    assert.deepEqual(answer.all('x-a'), ['b']);
    assert.equal(answer.body.length, 0);
  });

  it('records 204 and HEAD without a body', async () => {
    const { send, answer, saved } = fixture();
    const empty = freshPath();
    answer(empty, (_, response) => void response.writeHead(204).end());
    await send('main', empty);
    assert.equal((await saved(empty)).attributes.get('http.response.status_code'), '204');
    const head = freshPath();
    await send('main', head, { method: 'HEAD' });
    assert.equal((await saved(head)).attributes.has('http.response.body'), false);
  });

  it('saves successful responses only, by default', async () => {
    const { send, answer, saved, saves } = fixture();
    const path = freshPath();
    const other = freshPath();
    for (const each of [path, other]) answer(each, (_, response) => void response.writeHead(404).end('none'));
    await send('main', path);
    await send('more', other);
    assert.equal((await saved(other)).attributes.get('http.response.status_code'), '404');
    assert.equal(saves(path).length, 0);
  });

  for (const [name, listener] of [
    ['answers', 'own'],
    ['answers, where the router writes no headers of its own,', 'silent'],
  ] as const) {
    it(`does not save what Envoy itself ${name} but what upstream does`, async () => {
      const { send, saves, lookups, saved } = fixture();
      const path = `/own${freshPath()}`;
      assert.equal((await send(listener, path)).body.toString(), 'envoy');
      assert.equal(lookups(path).length, 1);
      const later = freshPath();
      const answer = await send(listener, later);
      assert.equal(answer.all('x-envoy-upstream-service-time').length, listener === 'own' ? 1 : 0);
      assert.equal((await saved(later)).attributes.get('http.response.body'), 'upstream');
      assert.equal(saves(path).length, 0);
    });
  }
});
