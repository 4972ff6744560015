import assert from 'node:assert/strict';
import { sourceKey } from '../../../operator/artifact/sources/source.ts';

const configMap = {
  kind: 'configMap',
  files: { 'index.ts': 'export const a = 1;', 'b.ts': '' },
  optimize: 3,
  debug: false,
} as const;
const url = { kind: 'url', url: 'https://example.com/filter.wasm' } as const;

describe('source key', () => {
  it('is the same for the same source, in whatever order its files come', async () => {
    const key = await sourceKey(configMap);
    assert.match(key, /^[0-9a-f]{40}$/);
    const files = { 'b.ts': '', 'index.ts': 'export const a = 1;' };
    assert.equal(await sourceKey({ ...configMap, files }), key);
  });

  it('differs with all that makes another module', async () => {
    const sources = [
      configMap,
      { ...configMap, files: { ...configMap.files, 'b.ts': '//' } },
      { ...configMap, optimize: 2 },
      { ...configMap, debug: true },
      { kind: 'bundled', optimize: 3, debug: false },
      url,
      { ...url, url: `${url.url}?v=2` },
      { ...url, digest: 'a'.repeat(64) },
    ] as const;
    const keys = await Promise.all(sources.map(sourceKey));
    assert.equal(new Set(keys).size, sources.length);
  });
});
