import assert from 'node:assert/strict';
import type { ServerResponse } from 'node:http';
import { eventually } from '../support/eventually.ts';
import { describeInEnvoy, freshPath } from '../support/filter-fixture.ts';
import { filterMessage } from '../support/filter-span.ts';

const recording = (body: string, status = 200) =>
  filterMessage({ type: 'extract', status, responseHeaders: [['x-recorded', 'yes']], responseBody: body });

const listeners = {
  headers: { configuration: { lookup: { ignoreBody: true } } },
  body: { configuration: { lookup: { withBody: true } }, holdHeaders: true },
  off: { configuration: { lookup: { enabled: false } } },
  failing: {
    configuration: {
      lookup: { onError: 'fail' },
      backend: { cluster: 'backend', authority: 'backend.test', timeoutMs: 300 },
    },
  },
  hasty: {
    configuration: {
      backend: { cluster: 'backend', authority: 'backend.test', timeoutMs: 300 },
      lookup: { ignoreBody: true },
    },
  },
  unknown: {
    configuration: {
      backend: { cluster: 'nowhere', authority: 'backend.test' },
      lookup: { ignoreBody: true },
    },
  },
  unknownFailing: {
    configuration: {
      backend: { cluster: 'nowhere', authority: 'backend.test' },
      lookup: { onError: 'fail' },
    },
  },
  strict: { configuration: { lookup: { strict: true } } },
};

describeInEnvoy('The filter', { listeners }, (fixture) => {
  for (const listener of ['headers', 'body']) {
    describe(`with a lookup by ${listener}`, () => {
      for (const method of ['GET', 'POST']) {
        const body = method === 'POST' ? { body: 'a request' } : {};

        it(`lets a ${method} that misses go upstream and saves it once`, async () => {
          const { send, saved, saves, reached, lookups } = fixture();
          const path = freshPath();
          const answer = await send(listener, path, { method, ...body });
          assert.equal(answer.status, 200);
          assert.equal(answer.body.toString(), 'upstream');
          assert.equal(reached(path).length, 1);
          assert.equal(lookups(path).length, 1);
          const save = await saved(path);
          assert.equal(save.attributes.get('http.response.body'), 'upstream');
          assert.equal(save.attributes.get('http.request.body'), body.body);
          assert.equal(saves(path).length, 1);
        });

        it(`answers a ${method} that hits without upstream, and does not save it`, async () => {
          const { send, hit, saves, reached, lookups, saved } = fixture();
          const path = freshPath();
          hit(path, recording('from the recording', 201));
          const answer = await send(listener, path, { method, ...body });
          assert.equal(answer.status, 201);
          assert.equal(answer.body.toString(), 'from the recording');
          assert.deepEqual(answer.all('x-recorded'), ['yes']);
          assert.equal(reached(path).length, 0);
          const wantedBody = listener === 'body' ? body.body : undefined;
          assert.equal(lookups(path)[0]?.attributes.get('http.request.body'), wantedBody);
          // A save that comes later shows that none of this one is in progress.
          const later = freshPath();
          await send(listener, later);
          await saved(later);
          assert.equal(saves(path).length, 0);
        });
      }

      it('holds a request with a body until the lookup is answered', async () => {
        const { send, hit, reached } = fixture();
        const path = freshPath();
        const { promise: asked, resolve: ask } = Promise.withResolvers<undefined>();
        const { promise: answered, resolve: answer } = Promise.withResolvers<undefined>();
        hit(path, async (_, response) => {
          ask(undefined);
          await answered;
          response.writeHead(404).end();
        });
        const done = send(listener, path, { method: 'POST', body: 'waits' });
        await asked;
        assert.equal(reached(path).length, 0);
        answer(undefined);
        assert.equal((await done).status, 200);
        assert.equal(reached(path)[0]?.body.toString(), 'waits');
      });

      it('saves a body that came in three chunks once and completely', async () => {
        const { send, saved, saves } = fixture();
        const path = freshPath();
        await send(listener, path, { method: 'POST', body: ['one ', 'two ', 'three'] });
        assert.equal((await saved(path)).attributes.get('http.request.body'), 'one two three');
        assert.equal(saves(path).length, 1);
      });

      it('takes a body of no bytes for none', async () => {
        const { send, saved } = fixture();
        const path = freshPath();
        await send(listener, path, { method: 'POST', headers: { 'content-length': 0 } });
        assert.equal((await saved(path)).attributes.has('http.request.body'), false);
      });
    });
  }

  it('saves without looking up when lookups are off', async () => {
    const { send, saved, lookups } = fixture();
    const path = freshPath();
    await send('off', path, { method: 'POST', body: 'text' });
    assert.equal((await saved(path)).attributes.get('http.request.body'), 'text');
    assert.equal(lookups(path).length, 0);
  });

  const failures: [string, number | 'late' | 'reset', string, string][] = [
    ['500', 500, 'status', 'lookup_errors_status'],
    ['503', 503, 'unreachable', 'lookup_errors_unreachable'],
    ['504', 504, 'timeout', 'lookup_errors_timeout'],
    ['an answer after the time-out', 'late', 'timeout', 'lookup_errors_timeout'],
    ['a reset', 'reset', 'unreachable', 'lookup_errors_unreachable'],
  ];
  for (const [name, failure, reason, metric] of failures) {
    const script = (_: unknown, response: ServerResponse) => {
      if (failure === 'reset') response.destroy();
      else if (failure !== 'late') response.writeHead(failure).end('no');
    };

    it(`continues upstream, and saves, when the backend answers with ${name}`, async () => {
      const { send, hit, saved, metric: read } = fixture();
      const path = freshPath();
      hit(path, script);
      const before = await read(metric);
      const answer = await send('hasty', path, { method: 'POST', body: 'text' });
      assert.equal(answer.body.toString(), 'upstream');
      await saved(path);
      await eventually(`${metric} to grow`, async () => (await read(metric)) > before);
    });

    it(`fails with a clear answer, where configured, after ${name}`, async () => {
      const { send, hit, reached } = fixture();
      const path = freshPath();
      hit(path, script);
      const answer = await send('failing', path);
      assert.equal(answer.status, 503);
      assert.deepEqual(answer.all('x-softprobe-error'), [reason]);
      assert.match(answer.body.toString(), /SP Agent: the lookup of a recording failed/);
      assert.equal(reached(path).length, 0);
    });
  }

  it('continues upstream when the cluster does not exist', async () => {
    const { send, reached } = fixture();
    const path = freshPath();
    assert.equal((await send('unknown', path, { method: 'POST', body: 'x' })).body.toString(), 'upstream');
    assert.equal(reached(path).length, 1);
  });

  it('fails, where configured, when the cluster does not exist', async () => {
    const answer = await fixture().send('unknownFailing', freshPath());
    assert.equal(answer.status, 503);
    assert.deepEqual(answer.all('x-softprobe-error'), ['unreachable']);
  });

  it('answers a miss as the backend does when it is strict', async () => {
    const { send, hit, reached } = fixture();
    const path = freshPath();
    hit(path, (_, response) => void response.writeHead(404).end('no recording of this'));
    const answer = await send('strict', path);
    assert.equal(answer.status, 404);
    assert.equal(answer.body.toString(), 'no recording of this');
    assert.deepEqual(answer.all('x-softprobe-error'), ['miss']);
    assert.equal(reached(path).length, 0);
  });

  it('survives a client that goes away while the lookup is pending', async () => {
    const { send, hit, metric } = fixture();
    const path = freshPath();
    const client = new AbortController();
    const { promise: released, resolve: release } = Promise.withResolvers<undefined>();
    const { promise: settled, resolve: settle } = Promise.withResolvers<undefined>();
    hit(path, async (_, response) => {
      client.abort();
      await released;
      response.writeHead(404).end();
      settle(undefined);
    });
    await assert.rejects(send('headers', path, { signal: client.signal }));
    await eventually('the stream to end', async () => (await metric('streams')) === 0);
    release(undefined);
    await settled;
    assert.equal((await send('headers', freshPath())).status, 200);
  });
});
