import assert from 'node:assert/strict';
import { loadUrl } from '../support/load-url.ts';

describe('a refused address of a module', () => {
  it('is not shown: a name may resolve for the operator alone', async () => {
    const refusal = loadUrl({ url: 'http://localhost:1/a.wasm' }, { addresses: { allowPrivate: false } });
    await assert.rejects(refusal, (error: Error) => {
      assert.match(error.message, /^localhost is private, .*; use a public address/);
      assert.doesNotMatch(error.message, /127\.0\.0\.1|::1/);
      return true;
    });
  });
});
