import assert from 'node:assert/strict';
import { hash } from 'node:crypto';
import { parseAgent } from '../../operator/api/parse.ts';
import { loadUrl } from '../support/load-url.ts';
import { minimalSpec } from '../support/agent.ts';
import { startScriptedServer } from '../support/scripted-server.ts';

const metadata = { namespace: 'shop', name: 'checkout', uid: 'u', creationTimestamp: '' };
const digest = 'a'.repeat(64);

function complaint(filter: object): string | undefined {
  const parsed = parseAgent({ metadata, spec: { ...minimalSpec, filter } });
  return 'error' in parsed ? parsed.error : undefined;
}

describe('the digest of a module', () => {
  it('is required where the module comes over plain http', () => {
    assert.match(
      complaint({ url: 'http://example.com/a.wasm' }) ?? '',
      /spec\.filter\.digest: an http url needs digest/,
    );
    assert.equal(complaint({ url: 'http://example.com/a.wasm', digest }), undefined);
    assert.equal(complaint({ url: 'https://example.com/a.wasm' }), undefined);
  });

  it('is compared before the module is looked into', async () => {
    // To look into this one would say NotWasm.
    const body = 'not wasm, and put in its place on the way';
    await using server = await startScriptedServer((_arrival, response) => void response.end(body));
    const url = `http://127.0.0.1:${server.port}/a.wasm`;
    await assert.rejects(loadUrl({ url, digest }, { addresses: { allowPrivate: true } }), {
      reason: 'DigestMismatch',
      message: new RegExp(hash('sha256', body)),
    });
  });
});
