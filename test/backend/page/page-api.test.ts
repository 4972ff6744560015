import assert from 'node:assert/strict';
import { createBackend, type Backend } from '../../../operator/backend/server.ts';
import { lookup, save, type RequestSpan } from '../../support/backend-client.ts';
import { ControlClient } from '../../support/control-client.ts';

interface Explanation {
  readonly recordingId?: number;
  readonly reason?: string;
  readonly differences?: readonly { field: string; recorded?: string; requested?: string }[];
}

describe('what the page of the development backend reads', () => {
  let backend: Backend;
  beforeEach(async () => {
    backend = await createBackend({ data: ':memory:' });
  });
  afterEach(() => backend[Symbol.asyncDispose]());

  const get = async <Answer>(path: string): Promise<Answer> => {
    const response = await fetch(`${backend.url}${path}`);
    assert.equal(response.status, 200, `${path}: ${await response.clone().text()}`);
    return (await response.json()) as Answer;
  };
  const statusOf = async (path: string, method = 'GET') =>
    (await fetch(`${backend.url}${path}`, { method })).status;

  describe('explains a miss', () => {
    /** Why the latest lookup missed. */
    const explain = async (request: RequestSpan) => {
      assert.equal(await lookup(backend, request), undefined);
      return get<Explanation>(`/api/lookups/${backend.lookups.latest[0]?.id}`);
    };

    const recorded: RequestSpan = {
      method: 'POST',
      path: '/pay?x=1',
      requestHeaders: [['accept-encoding', 'gzip']],
      responseHeaders: [['content-encoding', 'gzip']],
      requestBody: '{"a":{"b":[1,2]}}',
    };

    for (const [field, request, values] of [
      ['method', { method: 'PUT' }, ['POST', 'PUT']],
      ['path', { path: '/refund?x=1' }, ['/pay', '/refund']],
      ['query', { path: '/pay?x=2' }, ['x=1', 'x=2']],
      ['host', { host: 'other' }, ['shop.example', 'other']],
      ['session', { session: 'other' }, ['session', 'other']],
      ['service', { service: 'other' }, ['checkout', 'other']],
      ['body a.b[1]', { requestBody: '{"a":{"b":[1,3]}}' }, ['2', '3']],
      ['header accept-encoding', { requestHeaders: [['accept-encoding', 'br']] }, ['gzip', 'br']],
    ] as const) {
      it(`by the ${field}`, async () => {
        await save(backend, { path: '/unlike', method: 'GET' }, recorded);
        const { recordingId, differences } = await explain({ ...recorded, ...request });
        assert.equal(recordingId, 2);
        assert.deepEqual(differences, [{ field, recorded: values[0], requested: values[1] }]);
      });
    }

    it('by a body that was not there, and by one that is incomplete', async () => {
      const more = [{ key: 'http.response.body.truncated', value: { boolValue: true } }];
      await save(backend, { path: '/none' }, { path: '/cut', responseBody: 'ha', more });
      const [missing] = (await explain({ path: '/none', requestBody: 'x' })).differences ?? [];
      assert.deepEqual([missing?.field, missing?.recorded], ['body', 'none']);
      assert.equal((await explain({ path: '/cut' })).differences?.[0]?.field, 'truncated body');
    });

    it('when nothing was recorded before it', async () => {
      const { reason } = await explain(recorded);
      assert.equal(reason, 'nothing had been recorded');
    });

    it('of a session that its rules answer alone', async () => {
      const session = await new ControlClient(backend).create();
      const { reason } = await explain({ session });
      assert.match(reason ?? '', /its rules alone answer/);
    });

    it('by the nearest of thousands of recordings', async () => {
      await save(backend, recorded);
      await save(backend, ...Array.from({ length: 2000 }, (_, index) => ({ path: `/other/${index}` })));
      assert.equal((await explain({ ...recorded, session: 'other' })).recordingId, 1);
    });
  });

  it('refuses a filter that is not valid, naming it', async () => {
    for (const [query, message] of [
      ['status=9', /status: a status such as 404/],
      ['before=x', /before: an integer/],
      ['limit=-1', /limit: an integer/],
    ] as const) {
      const response = await fetch(`${backend.url}/api/recordings?${query}`);
      assert.equal(response.status, 400);
      assert.match(await response.text(), message);
    }
    assert.equal(await statusOf('/api/recordings?status=9', 'DELETE'), 400);
  });

  it('answers 404 for a recording or lookup that does not exist', async () => {
    for (const path of [
      '/api/recordings/1',
      '/api/recordings/x',
      '/api/lookups/1',
      '/api/recordings/1/differences/2',
    ]) {
      assert.equal(await statusOf(path), 404, path);
    }
  });

  it('gives pages that neither repeat nor leave out a recording', async () => {
    await save(backend, ...Array.from({ length: 25 }, (_, index) => ({ path: `/${index}` })));
    const seen: number[] = [];
    for (let before = ''; ;) {
      const query = `limit=10${before && `&before=${before}`}`;
      const { recordings, found } = await get<{ recordings: { id: number }[]; found: number }>(
        `/api/recordings?${query}`,
      );
      assert.equal(found, 25);
      if (recordings.length === 0) break;
      seen.push(...recordings.map(({ id }) => id));
      before = String(seen.at(-1));
    }
    assert.deepEqual(
      seen,
      Array.from({ length: 25 }, (_, index) => 25 - index),
    );
  });

  it('takes a search as words, not as a pattern', async () => {
    await save(backend, { path: '/100%' }, { path: '/100x' }, { path: '/Mixed_Case', host: 'API.example' });
    const find = async (search: string) =>
      (
        await get<{ recordings: { path: string }[] }>(`/api/recordings?search=${encodeURIComponent(search)}`)
      ).recordings.map(({ path }) => path);
    assert.deepEqual(await find('100%'), ['/100%']);
    assert.deepEqual(await find('mixed api'), ['/Mixed_Case']);
    assert.deepEqual(await find("' OR 1=1 --"), []);
  });

  it('is exported as a stream, whatever the store holds', async () => {
    const responseBody = 'x'.repeat(1024 * 1024);
    for (let index = 0; index < 20; index += 1) await save(backend, { path: `/${index}`, responseBody });
    const response = await fetch(`${backend.url}/api/export`);
    assert.equal(response.headers.get('transfer-encoding'), 'chunked');
    const { traces } = (await response.json()) as { traces: object[] };
    assert.equal(traces.length, 20);
  });
});
