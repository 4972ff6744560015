import assert from 'node:assert/strict';
import { createBackend, type Backend } from '../../../operator/backend/server.ts';
import { bodyOf, lookup, save, type RequestSpan } from '../../support/backend-client.ts';

/** A request of a user as the filter sends it, with a marker in place of a credential of any name. */
function as(user: string, session: string): RequestSpan {
  return { session, requestHeaders: [['x-tenant-token', `[redacted:${user}]`]] };
}

describe('users at the development backend', () => {
  let backend: Backend;
  beforeEach(async () => {
    backend = await createBackend({ data: ':memory:' });
  });
  afterEach(() => backend[Symbol.asyncDispose]());

  it('are distinguished by the markers of all their credentials, also among newer recordings', async () => {
    await save(
      backend,
      { ...as('alice', ''), responseBody: 'for alice' },
      { ...as('bob', ''), responseBody: 'for bob' },
    );
    assert.equal(bodyOf(await lookup(backend, as('alice', ''))), 'for alice');
    assert.equal(bodyOf(await lookup(backend, as('bob', ''))), 'for bob');
    assert.equal(await lookup(backend, as('carol', '')), undefined);
  });

  it('get their own recording of a session first', async () => {
    await save(
      backend,
      { ...as('alice', 's'), responseBody: 'for alice' },
      { ...as('bob', 's'), responseBody: 'for bob' },
    );
    assert.equal(bodyOf(await lookup(backend, as('alice', 's'))), 'for alice');
  });

  it('get the recording of a session with a renewed token', async () => {
    await save(backend, { ...as('old', 's'), responseBody: 'recorded' });
    assert.equal(bodyOf(await lookup(backend, as('renewed', 's'))), 'recorded');
    assert.equal(await lookup(backend, as('renewed', 'another')), undefined);
  });

  it('are named when they are why a lookup missed', async () => {
    await save(backend, as('alice', ''));
    await lookup(backend, as('bob', ''));
    const explanation = await (await fetch(`${backend.url}/api/lookups/1`)).json();
    const { differences } = explanation as { differences: object[] };
    assert.deepEqual(differences, [
      { field: 'header x-tenant-token', recorded: '[redacted:alice]', requested: '[redacted:bob]' },
    ]);
  });
});
