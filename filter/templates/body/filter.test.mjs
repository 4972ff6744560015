import assert from 'node:assert/strict';
import { test } from 'node:test';
import { startFilter } from './start-filter.mjs';

test('text in JSON responses is replaced, also across the parts in which it arrives', async (context) => {
  const url = await startFilter(context, (request, response) => {
    response.setHeader('content-type', request.url === '/json' ? 'application/json' : 'text/plain');
    response.write('{"host": "inter');
    setImmediate(() => response.end('nal.example.com"}'));
  });
  const answer = async (path) => (await fetch(url + path)).text();
  assert.equal(await answer('/json'), '{"host": "example.com"}');
  assert.equal(await answer('/text'), '{"host": "internal.example.com"}');
});
