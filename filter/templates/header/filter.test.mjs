import assert from 'node:assert/strict';
import { test } from 'node:test';
import { startFilter } from './start-filter.mjs';

test('every response gets the header of config.json', async (context) => {
  const url = await startFilter(context, (_request, response) => response.end('hello'));
  const response = await fetch(url);
  assert.equal(response.headers.get('x-team'), 'payments');
  assert.equal(await response.text(), 'hello');
});
