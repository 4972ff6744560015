import assert from 'node:assert/strict';
import { hash } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { pack } from 'tar-stream';
import { whyNoRegistry } from '../../hack/tools/docker-registry.ts';
import { layerTypes, manifestTypes } from '../../operator/artifact/oci/manifest.ts';
import { pullModule, resolveTag } from '../../operator/artifact/oci/pull.ts';
import { pushModule } from '../../operator/artifact/oci/push.ts';
import type { Registry } from '../../operator/artifact/oci/registry.ts';
import { spagent } from '../support/cli.ts';
import { sharedCluster } from '../support/cluster.ts';
import { eventually } from '../support/eventually.ts';
import { moduleOf, patience, startWorld } from '../support/operator.ts';
import { putBlob, putManifest } from '../support/registry-upload.ts';
import { withRegistry } from '../support/registry-client.ts';
import { signImage } from '../support/sign-image.ts';
import { keyPair } from '../support/signing.ts';
import { registryUser, startRegistry, type TestRegistry } from '../support/registry.ts';

const bytesMax = 1024 * 1024;
const module = moduleOf('/ok-registry');
const digest = hash('sha256', module);

const pull = (registry: Registry) => pullModule(registry, { tag: '1', digest: undefined }, { bytesMax });

/** A folder with a module, the registry's certificate and a login for Docker. */
async function workFolder(registry: TestRegistry) {
  const directory = await mkdtemp(join(tmpdir(), 'push-'));
  const file = (name: string) => join(directory, name);
  await writeFile(file('filter.wasm'), module);
  await writeFile(file('ca.pem'), registry.certificate);
  const { username, password } = registryUser;
  const auth = Buffer.from(`${username}:${password}`).toString('base64');
  await writeFile(file('config.json'), JSON.stringify({ auths: { [registry.host]: { auth } } }));
  return { file, directory, [Symbol.asyncDispose]: () => rm(directory, { recursive: true }) };
}

async function push(registry: TestRegistry, tag = '1', login = true) {
  await using folder = await workFolder(registry);
  const before = process.env['DOCKER_CONFIG'];
  process.env['DOCKER_CONFIG'] = login ? folder.directory : join(folder.directory, 'none');
  try {
    const files = ['--module', folder.file('filter.wasm'), '--ca-file', folder.file('ca.pem')];
    return await spagent('push', `${registry.host}/acme/filter:${tag}`, ...files);
  } finally {
    if (before === undefined) delete process.env['DOCKER_CONFIG'];
    else process.env['DOCKER_CONFIG'] = before;
  }
}

async function collect(source: AsyncIterable<unknown>): Promise<Buffer[]> {
  const chunks: Buffer[] = [];
  for await (const chunk of source) chunks.push(chunk as Buffer);
  return chunks;
}

/** Pushes an image as other tools write it. */
async function pushImage(registry: Registry, layer: Uint8Array, mediaType: string): Promise<void> {
  const descriptor = await putBlob(registry, layer, mediaType);
  const image = await putManifest(registry, 'single', {
    schemaVersion: 2,
    mediaType: manifestTypes.image,
    config: { ...descriptor, mediaType: 'application/vnd.oci.image.config.v1+json' },
    layers: [descriptor],
  });
  const attestation = { ...image, platform: { os: 'unknown', architecture: 'unknown' } };
  await putManifest(registry, '1', {
    schemaVersion: 2,
    mediaType: manifestTypes.index,
    manifests: [attestation, image],
  });
}

describe('OCI registry', function () {
  before(function () {
    if (whyNoRegistry() !== undefined) this.skip();
  });

  for (const login of ['None', 'Basic', 'Token'] as const) {
    it(`gives back the module that spagent push puts there: login ${login}`, async () => {
      await using registry = await startRegistry(login);
      const { code, out, note } = await push(registry);
      assert.equal(code, 0, note);
      assert.match(out, new RegExp(`^${registry.host}/acme/filter@sha256:[0-9a-f]{64}\n$`));
      const isKnown = login !== 'None';
      const [, manifest] = out.trim().split('@sha256:');
      assert.equal(await withRegistry(registry, { isKnown }, (client) => resolveTag(client, '1')), manifest);
      assert.equal(hash('sha256', await withRegistry(registry, { isKnown }, pull)), digest);
      // The same module gives the same manifest.
      assert.equal((await push(registry, '2')).out, out);
    });
  }

  it('that asks for a login is reported, with what to do', async () => {
    await using registry = await startRegistry('Basic');
    const { code, note } = await push(registry, '1', false);
    assert.equal(code, 1);
    assert.match(note, /answers 401 to anybody without a login; log in with docker login localhost:/);
    await assert.rejects(withRegistry(registry, {}, pull), { reason: 'FetchFailed', retryable: false });
  });

  it('that lacks the tag is reported', async () => {
    await using registry = await startRegistry();
    await assert.rejects(withRegistry(registry, {}, pull), {
      reason: 'FetchFailed',
      message: /acme\/filter: the registry answers 404 for 1; correct spec\.filter\.url/,
    });
  });

  it('gives the module of an image with plugin.wasm, below an index with an attestation', async () => {
    const archive = pack();
    const chunks = collect(archive);
    archive.entry({ name: 'README' }, 'first');
    archive.entry({ name: './plugin.wasm' }, Buffer.from(module));
    archive.finalize();
    const layer = gzipSync(Buffer.concat(await chunks));
    await using registry = await startRegistry();
    for (const [bytes, type] of [
      [layer, layerTypes.archive[0]],
      [module, layerTypes.wasm[1]],
    ] as const) {
      await withRegistry(registry, {}, (client) => pushImage(client, bytes, type));
      assert.equal(hash('sha256', await withRegistry(registry, {}, pull)), digest, type);
    }
  });
});

describe('operator: a module from a registry', function () {
  before(function () {
    if (whyNoRegistry() !== undefined) this.skip();
  });

  it('is pulled with the login of the namespace, once its Secret is there', async () => {
    await using registry = await startRegistry('Token');
    assert.equal((await push(registry)).code, 0);
    await using world = await startWorld(await sharedCluster());
    await world.createDeployment('checkout');
    const filter = {
      url: `oci://${registry.host}/acme/filter:1`,
      caBundle: registry.certificate,
      pullSecret: { name: 'login' },
    };
    await world.createAgent('checkout', { filter });
    await world.condition('checkout', 'FilterReady', { status: 'False', reason: 'SecretMissing' });
    const { username, password } = registryUser;
    const logins = { auths: { [registry.host]: { username, password } } };
    const data = { '.dockerconfigjson': Buffer.from(JSON.stringify(logins)).toString('base64') };
    await world.create('Secret', 'login', { type: 'kubernetes.io/dockerconfigjson', data });
    await world.condition('checkout', 'Ready', { status: 'True' });
    assert.equal((await world.status('checkout')).filter?.digest, digest);
  });

  it('is stored only when a signer that the spec names has signed its image', async () => {
    await using registry = await startRegistry();
    assert.equal((await push(registry)).code, 0);
    const [owner, stranger] = [keyPair(), keyPair()];
    await using world = await startWorld(await sharedCluster());
    await world.createDeployment('checkout');
    const filter = { url: `oci://${registry.host}/acme/filter:1`, caBundle: registry.certificate };
    const verify = { keys: [stranger.publicKey] };
    await world.createAgent('checkout', { filter: { ...filter, verify } });
    await world.condition('checkout', 'FilterReady', { status: 'False', reason: 'SignatureMissing' });
    await withRegistry(registry, {}, (client) => signImage(client, '1', owner.privateKey));
    await world.condition('checkout', 'FilterReady', { status: 'False', reason: 'SignatureInvalid' });
    assert.equal((await world.status('checkout')).filter, undefined);
    const spec = { filter: { verify: { keys: [owner.publicKey] } } };
    await world.patch('SpAgent', 'checkout', { spec });
    await world.condition('checkout', 'Ready', { status: 'True' });
    assert.equal((await world.status('checkout')).filter?.digest, digest);
  });

  it('follows a tag that moves where the spec has pollInterval, and not otherwise', async () => {
    await using registry = await startRegistry();
    assert.equal((await push(registry)).code, 0);
    await using world = await startWorld(await sharedCluster());
    const filter = { url: `oci://${registry.host}/acme/filter:1`, caBundle: registry.certificate };
    const filters = { checkout: { ...filter, pollInterval: '30s' }, cart: filter };
    for (const [app, filter] of Object.entries(filters)) {
      await world.createDeployment(app);
      await world.createAgent(app, { selector: { matchLabels: { app } }, filter });
    }
    for (const app of Object.keys(filters)) await world.condition(app, 'Ready', { status: 'True' });

    const moved = { bytes: moduleOf('/ok-moved'), abi: '0_2_1', fileName: 'filter.wasm' };
    await withRegistry(registry, {}, (client) => pushModule(client, '1', moved));
    await eventually(
      'the module under the moved tag',
      async () => (await world.status('checkout')).filter?.digest === hash('sha256', moved.bytes),
      2 * patience,
    );
    await world.condition('checkout', 'Ready', { status: 'True' });
    assert.equal((await world.status('checkout')).revisionNumber, 2);
    const other = await world.status('cart');
    assert.deepEqual([other.filter?.digest, other.revisionNumber], [digest, 1]);
  });
});
