import assert from 'node:assert/strict';
import { test } from 'node:test';
import { startFilter } from './start-filter.mjs';

test('a request passes where the other service allows it, and where it does not answer', async (context) => {
  // `upstream` of config.json is the server of this test: it answers the filter's questions too.
  const url = await startFilter(context, (request, response) => {
    if (request.url !== '/check') return response.end('reached');
    const path = request.headers['x-original-path'];
    if (path !== '/silent') response.writeHead(path === '/refused' ? 403 : 200).end();
  });
  const ask = async (path) => {
    const response = await fetch(url + path);
    return [response.status, await response.text()];
  };
  assert.deepEqual(await ask('/allowed'), [200, 'reached']);
  assert.deepEqual(await ask('/refused'), [403, 'refused by upstream\n']);
  assert.deepEqual(await ask('/silent'), [200, 'reached']);
});
