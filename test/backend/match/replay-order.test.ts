import assert from 'node:assert/strict';
import { createBackend, type Backend, type BackendOptions } from '../../../operator/backend/server.ts';
import { bodyOf, lookup, save } from '../../support/backend-client.ts';

async function withBackend<Result>(
  options: Omit<BackendOptions, 'data'>,
  use: (backend: Backend) => Promise<Result>,
): Promise<Result> {
  await using backend = await createBackend({ data: ':memory:', ...options });
  return await use(backend);
}

/** Response bodies of that many lookups, after a poll of three states was recorded. */
async function replays(backend: Backend, count: number): Promise<(string | undefined)[]> {
  const bodies: (string | undefined)[] = [];
  for (let turn = 0; turn < count; turn += 1) bodies.push(bodyOf(await lookup(backend, { path: '/job' })));
  return bodies;
}

async function recordPoll(backend: Backend): Promise<void> {
  for (const responseBody of ['queued', 'running', 'done']) {
    await save(backend, { path: '/job', responseBody });
    await save(backend, { path: '/other', responseBody: 'other' });
  }
}

describe('which of several recordings is replayed', () => {
  for (const [replay, expected] of [
    ['last', ['done', 'done']],
    ['first', ['queued', 'queued']],
    ['sequence', ['queued', 'running', 'done', 'done', 'done']],
  ] as const) {
    it(`is, with --replay ${replay}: ${expected.join(', ')}`, async () => {
      await withBackend({ replay }, async (backend) => {
        await recordPoll(backend);
        assert.deepEqual(await replays(backend, expected.length), expected);
      });
    });
  }

  it('is counted for each request on its own in a sequence', async () => {
    await withBackend({ replay: 'sequence' }, async (backend) => {
      await recordPoll(backend);
      await lookup(backend, { path: '/other' });
      assert.deepEqual(await replays(backend, 2), ['queued', 'running']);
    });
  });

  it('starts again when a sequence is rewound', async () => {
    await withBackend({ replay: 'sequence' }, async (backend) => {
      await recordPoll(backend);
      await replays(backend, 3);
      assert.equal((await fetch(`${backend.url}/api/rewind`, { method: 'POST' })).status, 200);
      assert.deepEqual(await replays(backend, 1), ['queued']);
    });
  });

  it('is named in the response when markReplayed is set', async () => {
    await withBackend({ markReplayed: true }, async (backend) => {
      await recordPoll(backend);
      const answer = await lookup(backend, { path: '/job' });
      assert.deepEqual(answer?.responseHeaders, [['x-softprobe-replayed', '5']]);
    });
  });
});

describe('parts of a request that do not have to match', () => {
  const recorded = {
    session: 's1',
    service: 'checkout',
    host: 'shop.example:8080',
    responseBody: 'recorded',
  };

  for (const [field, other] of [
    ['session', { session: 's2' }],
    ['service', { service: 'cart' }],
    ['host', { host: 'other.example' }],
    ['port', { host: 'shop.example:9090' }],
  ] as const) {
    it(`can be the ${field}`, async () => {
      const find = (ignore: BackendOptions['ignore'] & object) =>
        withBackend({ ignore }, async (backend) => {
          await save(backend, recorded);
          return bodyOf(await lookup(backend, { ...recorded, ...other }));
        });
      assert.equal(await find([]), undefined);
      assert.equal(await find([field]), 'recorded');
    });
  }

  it('can be the credentials, also where vary names them', async () => {
    for (const responseHeaders of [[], [['vary', 'authorization']]] as const) {
      const find = (ignore: BackendOptions['ignore'] & object) =>
        withBackend({ ignore }, async (backend) => {
          const requestHeaders = [['authorization', '[redacted:00ff]']] as const;
          const request = { ...recorded, session: '', responseHeaders };
          await save(backend, { ...request, requestHeaders });
          const renewed = [['authorization', '[redacted:11ee]']] as const;
          return bodyOf(await lookup(backend, { ...request, requestHeaders: renewed }));
        });
      assert.equal(await find([]), undefined);
      assert.equal(await find(['credentials']), 'recorded');
    }
  });

  it('do not make another name match when the port alone is ignored', async () => {
    await withBackend({ ignore: ['port'] }, async (backend) => {
      await save(backend, recorded);
      assert.equal(await lookup(backend, { ...recorded, host: 'other.example:8080' }), undefined);
    });
  });
});
