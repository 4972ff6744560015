import assert from 'node:assert/strict';
import type { SourceFiles } from '../../../operator/artifact/sources/source.ts';
import { sourceOf } from '../../../operator/artifact/sources/sources.ts';
import { agentOf, minimalSpec } from '../../support/agent.ts';
import { emptySourceContext } from '../../support/source-context.ts';

const files = { 'index.ts': 'export const a = 1;', 'b.ts': '' };
const configMap = { name: 'mine' };
const url = 'https://example.com/filter.wasm';
const image = 'oci://registry.example.com/acme/filter:1';

async function wanted(
  filter: object,
  source: SourceFiles = { version: '1', files },
  identity: { readonly namespace?: string } = {},
) {
  const agent = { ...agentOf({ ...minimalSpec, filter }), ...identity };
  const context = { ...emptySourceContext, readConfigMap: () => Promise.resolve(source) };
  const module = await sourceOf(agent.spec.filter).resolve(agent, context);
  assert.ok(module);
  return module;
}

describe('source key', () => {
  it('is the same for the same source, in whatever order its files come', async () => {
    const { key } = await wanted({ build: { configMap } });
    assert.match(key, /^[0-9a-f]{40}$/);
    const reordered = { 'b.ts': '', 'index.ts': 'export const a = 1;' };
    assert.equal((await wanted({ build: { configMap } }, { version: '2', files: reordered })).key, key);
  });

  it('differs with all that makes another module', async () => {
    const changed = { version: '3', files: { ...files, 'b.ts': '//' } };
    const modules = await Promise.all([
      wanted({ build: { configMap } }),
      wanted({ build: { configMap } }, changed),
      wanted({ build: { configMap, optimize: 2 } }),
      wanted({ build: { configMap, debug: true } }),
      wanted({}),
      wanted({ url }),
      wanted({ url: `${url}?v=2` }),
      wanted({ url, digest: 'a'.repeat(64) }),
      wanted({ url: image }),
      wanted({ url: image, caBundle: 'x' }),
      wanted({ url: `${image}@sha256:${'a'.repeat(64)}` }),
      wanted({ url: image, pullSecret: { name: 'login' } }),
      // What nobody has checked is not for those who ask for a signature.
      wanted({ url: image, verify: { identities: [{ issuer: 'i', subject: 's' }] } }),
      wanted({ url: image, verify: { identities: [{ issuer: 'i', subject: 't' }] } }),
      // What a login opens is not for a namespace without it.
      wanted({ url: image, pullSecret: { name: 'login' } }, undefined, { namespace: 'other' }),
    ]);
    assert.equal(new Set(modules.map(({ key }) => key)).size, modules.length);
  });

  it('is found without hashing again while neither source nor options change', async () => {
    const { key } = await wanted({ build: { configMap, optimize: 1 } }, { version: '4', files });
    const unread = new Proxy({}, { ownKeys: () => assert.fail('the files are read again') });
    const again = await wanted({ build: { configMap, optimize: 1 } }, { version: '4', files: unread });
    assert.equal(again.key, key);
  });
});

describe('source', () => {
  it('is the bundled one where the spec names no other, and says what it is', () => {
    const about = (filter: object) => {
      const { spec } = agentOf({ ...minimalSpec, filter });
      const { name, isOurs, isWatched, describe } = sourceOf(spec.filter);
      return [name, describe(spec.filter), isOurs, isWatched];
    };
    assert.deepEqual(about({}), ['bundled', 'bundled source', true, true]);
    assert.deepEqual(about({ build: { optimize: 1 } }), ['bundled', 'bundled source', true, true]);
    assert.deepEqual(about({ build: { configMap } }), ['configMap', 'ConfigMap mine', false, false]);
    assert.deepEqual(about({ url }), ['url', url, false, true]);
    assert.deepEqual(about({ url: image }), ['oci', image, false, true]);
    assert.deepEqual(about({ url: image, pollInterval: '1m' }), ['ociTag', image, false, false]);
  });
});
