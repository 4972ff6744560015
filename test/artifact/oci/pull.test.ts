import assert from 'node:assert/strict';
import { hash } from 'node:crypto';
import { gzipSync } from 'node:zlib';
import { pack } from 'tar-stream';
import { layerTypes, manifestTypes } from '../../../operator/artifact/oci/manifest.ts';
import { pluginFile } from '../../../operator/artifact/oci/plugin-file.ts';
import { pullModule } from '../../../operator/artifact/oci/pull.ts';
import type { FetchRequest } from '../../../operator/artifact/sources/fetcher.ts';
import { registryOf, type Answers } from '../../support/answering-registry.ts';

const bytesMax = 1000;
const sha256 = (bytes: Uint8Array | string) => `sha256:${hash('sha256', bytes)}`;

const pull = (answers: Answers, digest?: string) =>
  pullModule(registryOf(answers), { tag: '1', digest }, { bytesMax });

function imageOf(layers: readonly object[]): string {
  return JSON.stringify({ schemaVersion: 2, mediaType: manifestTypes.image, config: {}, layers });
}

const wasmLayer = (content: string, size = content.length) => ({
  mediaType: layerTypes.wasm[0],
  digest: sha256(content),
  size,
});

describe('module of an image', () => {
  it('is refused when the registry gives other bytes than the digest names', async () => {
    const answers = { '/manifests/': { body: imageOf([wasmLayer('good')]) }, '/blobs/': { body: 'evil' } };
    await assert.rejects(pull(answers), {
      reason: 'DigestMismatch',
      message: /the layer with the module has digest/,
    });
    await assert.rejects(pull(answers, 'a'.repeat(64)), {
      reason: 'DigestMismatch',
      message: /manifest has digest/,
    });
  });

  it('is refused by its announced size, before it is fetched', async () => {
    const sent: FetchRequest[] = [];
    const registry = registryOf({ '/manifests/': { body: imageOf([wasmLayer('x', bytesMax + 1)]) } }, sent);
    await assert.rejects(pullModule(registry, { tag: '1', digest: undefined }, { bytesMax }), {
      reason: 'ModuleTooLarge',
    });
    assert.equal(sent.length, 1);
  });

  for (const [what, body] of [
    ['no manifest', '<html>'],
    ['no layers', imageOf([])],
    ['layers of other types', imageOf([{ ...wasmLayer('x'), mediaType: 'application/x-tar' }])],
    ['a digest that is a path', imageOf([{ ...wasmLayer('x'), digest: '../../x' }])],
  ] as const) {
    it(`is refused where there is ${what}`, async () => {
      await assert.rejects(pull({ '/manifests/': { body } }), { reason: 'NotWasm', message: /spagent push/ });
    });
  }

  it('is asked for without end by no index that names indexes', async () => {
    const inner = { mediaType: manifestTypes.index, digest: '', size: 1 };
    const index = (digest: string) => JSON.stringify({ manifests: [{ ...inner, digest }] });
    const second = index(sha256('x'));
    const answers = {
      '/manifests/sha256:': { body: second },
      '/manifests/1': { body: index(sha256(second)) },
    };
    await assert.rejects(pull(answers), { reason: 'NotWasm', message: /another index/ });
  });

  it('is fetched with credentials that only the registry and its server of tokens get', async () => {
    const sent: FetchRequest[] = [];
    const challenge = { 'www-authenticate': 'Bearer realm="https://auth.example.com/token",service="s"' };
    const answers = {
      'auth.example.com': { body: JSON.stringify({ token: 'abc' }) },
      '/manifests/': { status: 401, headers: challenge },
    };
    await assert.rejects(
      pullModule(registryOf(answers, sent), { tag: '1', digest: undefined }, { bytesMax }),
      {
        reason: 'FetchFailed',
        message: /answers 401 to user me; log in/,
      },
    );
    const basic = `Basic ${Buffer.from('me:secret').toString('base64')}`;
    assert.deepEqual(
      sent.map(({ url, authorization }) => [new URL(url).host, authorization]),
      [
        ['registry.example.com', undefined],
        ['auth.example.com', basic],
        ['registry.example.com', 'Bearer abc'],
      ],
    );
    assert.equal(new URL(sent[1]!.url).searchParams.get('scope'), 'repository:acme/filter:pull');
    // From https nothing leads to http.
    assert.equal(sent[1]!.from?.protocol, 'https:');
  });
});

describe('plugin.wasm in a layer', () => {
  const archiveOf = async (files: Readonly<Record<string, Buffer>>) => {
    const archive = pack();
    for (const [name, content] of Object.entries(files)) archive.entry({ name }, content);
    archive.finalize();
    const chunks: Buffer[] = [];
    for await (const chunk of archive) chunks.push(chunk as Buffer);
    return Buffer.concat(chunks);
  };
  const read = (bytes: Uint8Array) => pluginFile({ bytes, title: 'image', bytesMax: 100_000 });

  it('is found with gzip and without, whatever is before it', async () => {
    const archive = await archiveOf({ 'a/README': Buffer.alloc(1000), 'plugin.wasm': Buffer.from('module') });
    assert.equal(Buffer.from(await read(archive)).toString(), 'module');
    assert.equal(Buffer.from(await read(gzipSync(archive))).toString(), 'module');
  });

  it('is not unpacked beyond a limit, in itself or in what is before it', async () => {
    const large = await archiveOf({ 'plugin.wasm': Buffer.alloc(100_001) });
    await assert.rejects(read(gzipSync(large)), { reason: 'ModuleTooLarge' });
    const bomb = await archiveOf({ bomb: Buffer.alloc(50_000_000), 'plugin.wasm': Buffer.from('module') });
    await assert.rejects(read(gzipSync(bomb)), { reason: 'ModuleTooLarge' });
  });

  it('is missed with a reason: no such file, no archive, half an archive', async () => {
    await assert.rejects(read(await archiveOf({ other: Buffer.from('x') })), {
      reason: 'NotWasm',
      message: /no file plugin.wasm/,
    });
    await assert.rejects(read(Buffer.alloc(600, 7)), { reason: 'NotWasm' });
    const half = gzipSync(await archiveOf({ 'plugin.wasm': Buffer.alloc(5000) })).subarray(0, 60);
    await assert.rejects(read(half), { reason: 'NotWasm' });
  });
});
