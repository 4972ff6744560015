import assert from 'node:assert/strict';
import { test } from 'node:test';
import { startFilter } from './start-filter.mjs';

const encode = (value) => Buffer.from(JSON.stringify(value)).toString('base64url');

test('claims of the token reach upstream as headers, and nothing else does under their names', async (context) => {
  const url = await startFilter(context, ({ headers }, response) =>
    response.end(JSON.stringify([headers['x-user'], headers['x-tenant']])),
  );
  const ask = async (headers) => (await fetch(url, { headers })).json();
  const token = `${encode({ alg: 'none' })}.${encode({ sub: 'Zoë', tenant: 7 })}.signature`;
  const forged = { 'x-user': 'root', 'x-tenant': 'all' };
  assert.deepEqual(await ask({ ...forged, authorization: `Bearer ${token}` }), [
    Buffer.from('Zoë').toString('latin1'),
    null,
  ]);
  assert.deepEqual(await ask(forged), [null, null]);
});
