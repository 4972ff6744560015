import assert from 'node:assert/strict';
import { hash } from 'node:crypto';
import type { Registry } from '../../operator/artifact/oci/registry.ts';

interface Manifest {
  readonly mediaType: string;
  readonly [field: string]: unknown;
}

const request = { bytesMax: 1024 * 1024, what: 'test' };

/** @returns the descriptor of the blob. */
export async function putBlob(registry: Registry, bytes: Uint8Array, mediaType: string) {
  const digest = `sha256:${hash('sha256', bytes)}`;
  const begun = { path: '/blobs/uploads/', method: 'POST', body: new Uint8Array() } as const;
  const { headers } = await registry.send({ ...request, ...begun });
  const upload = new URL(String(headers['location']));
  upload.searchParams.set('digest', digest);
  const octets = { 'content-type': 'application/octet-stream' };
  await registry.send({ ...request, path: upload.href, method: 'PUT', headers: octets, body: bytes });
  return { mediaType, digest, size: bytes.length };
}

/** @returns the descriptor of the manifest. */
export async function putManifest(registry: Registry, tag: string, value: Manifest) {
  const { mediaType } = value;
  const body = Buffer.from(JSON.stringify(value));
  const headers = { 'content-type': mediaType };
  const path = `/manifests/${tag}`;
  const answer = await registry.send({ ...request, path, method: 'PUT', headers, body });
  assert.equal(answer.status, 201);
  return { mediaType, digest: `sha256:${hash('sha256', body)}`, size: body.length };
}
