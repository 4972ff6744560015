import { hash } from 'node:crypto';
import type { FetchAnswer } from '../sources/fetcher.ts';
import { digestOf, layerTypes, manifestTypes } from './manifest.ts';
import type { Registry } from './registry.ts';

/** Istio and Envoy Gateway read an image that has these two layers beside an empty configuration. */
const configType = 'application/vnd.module.wasm.config.v1+json';

export interface PushedModule {
  readonly bytes: Uint8Array;
  /** proxy-wasm ABI version, such as `0.2.1`. */
  readonly abi: string;
  /** Shown as the layer's file name. */
  readonly fileName: string;
}

const answerBytesMax = 64 * 1024;
const advice = 'see the log of the registry';

/**
 * Pushes a module under a tag, as Istio's "oci variant". The same module gives the same manifest.
 * @returns digest of the manifest, 64 hex digits.
 * @throws {AgentError}
 */
export async function pushModule(registry: Registry, tag: string, module: PushedModule): Promise<string> {
  const runtime = json({ type: 'envoy_proxy', abiVersions: [`v${module.abi.replaceAll('_', '.')}`] });
  const empty = json({});
  for (const blob of [empty, runtime, module.bytes]) await pushBlob(registry, blob);
  const title = { 'org.opencontainers.image.title': module.fileName };
  const manifest = json({
    schemaVersion: 2,
    mediaType: manifestTypes.image,
    config: descriptor(configType, empty),
    layers: [
      { ...descriptor(layerTypes.wasm[0], module.bytes), annotations: title },
      descriptor(configType, runtime),
    ],
  });
  const answer = await registry.send({
    path: `/manifests/${tag}`,
    method: 'PUT',
    headers: { 'content-type': manifestTypes.image },
    body: manifest,
    bytesMax: answerBytesMax,
    what: 'the manifest',
  });
  if (answer.status !== 201) throw registry.fail(answer, 'the manifest', advice);
  return hash('sha256', manifest);
}

async function pushBlob(registry: Registry, bytes: Uint8Array): Promise<void> {
  const digest = digestOf(bytes);
  const request = { bytesMax: answerBytesMax, what: 'a layer' };
  const found = await registry.send({ ...request, path: `/blobs/${digest}`, method: 'HEAD' });
  if (found.status === 200) return;
  const begun = await registry.send({
    ...request,
    path: '/blobs/uploads/',
    method: 'POST',
    body: new Uint8Array(),
  });
  if (begun.status !== 202) throw registry.fail(begun, 'an upload', advice);
  const place = placeOf(registry, begun);
  place.searchParams.set('digest', digest);
  const done = await registry.send({
    ...request,
    path: place.href,
    method: 'PUT',
    headers: { 'content-type': 'application/octet-stream' },
    body: bytes,
  });
  if (done.status !== 201) throw registry.fail(done, 'a layer', advice);
}

/** Where the registry wants the bytes. */
function placeOf(registry: Registry, begun: FetchAnswer): URL {
  const { location } = begun.headers;
  const place = typeof location === 'string' ? URL.parse(location, begun.url.href) : null;
  if (!place) throw registry.fail(begun, 'an upload, and names no place for it', advice);
  return place;
}

function descriptor(mediaType: string, bytes: Uint8Array) {
  return { mediaType, digest: digestOf(bytes), size: bytes.length };
}

function json(value: unknown): Uint8Array {
  return Buffer.from(JSON.stringify(value));
}
