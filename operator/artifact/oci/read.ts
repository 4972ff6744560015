import { AgentError } from '../../api/errors.ts';
import { digestOf, manifestTypes } from './manifest.ts';
import type { Registry } from './registry.ts';

const manifestBytesMax = 1024 * 1024;
/** Every kind of manifest that is understood. */
export const acceptedManifests = Object.values(manifestTypes).join(', ');
/** What to do about an image that is not there. */
export const absentAdvice = 'correct spec.filter.url, or push the module there';

export interface Blob {
  /** `sha256:` and 64 hex digits, which the bytes must have. */
  readonly digest: string;
  readonly sizeBytes: number;
  /** What it is, in messages: `the layer with the module`. */
  readonly what: string;
  readonly bytesMax: number;
}

/** @param name a tag, or `sha256:` and 64 hex digits, which the bytes must have. @throws {AgentError} FetchFailed, DigestMismatch */
export async function readManifestBytes(registry: Registry, name: string): Promise<Uint8Array> {
  const bytes = await findJson(registry, `/manifests/${name}`, name);
  if (bytes) return bytes;
  throw new AgentError(
    'FetchFailed',
    `${registry.title}: the registry answers 404 for ${name}; ${absentAdvice}`,
  );
}

/**
 * A manifest, or a list of them.
 * @param name of what is asked for, in messages. Where it is a digest, the bytes must have it.
 * @returns undefined if the registry has none. @throws {AgentError} FetchFailed, DigestMismatch
 */
export async function findJson(
  registry: Registry,
  path: string,
  name: string,
): Promise<Uint8Array | undefined> {
  const answer = await registry.send({
    path,
    headers: { accept: acceptedManifests },
    bytesMax: manifestBytesMax,
    what: 'the manifest',
  });
  if (answer.status === 404) return undefined;
  if (answer.status !== 200) throw registry.fail(answer, name, absentAdvice);
  if (name.startsWith('sha256:')) requireDigest(answer.bytes, name, `${registry.title}: manifest`);
  return answer.bytes;
}

/** @throws {AgentError} FetchFailed, ModuleTooLarge, DigestMismatch */
export async function readBlob(registry: Registry, blob: Blob): Promise<Uint8Array> {
  const { digest, sizeBytes, what, bytesMax } = blob;
  if (sizeBytes > bytesMax) {
    const message = `${registry.title}: ${what} has ${sizeBytes} bytes; at most ${bytesMax} are taken`;
    throw new AgentError('ModuleTooLarge', message);
  }
  const answer = await registry.send({ path: `/blobs/${digest}`, bytesMax, what });
  if (answer.status !== 200) throw registry.fail(answer, what, 'push it again');
  requireDigest(answer.bytes, digest, `${registry.title}: ${what}`);
  return answer.bytes;
}

function requireDigest(bytes: Uint8Array, wanted: string, title: string): void {
  const actual = digestOf(bytes);
  if (actual === wanted) return;
  throw new AgentError(
    'DigestMismatch',
    `${title} has digest ${actual}, ${wanted} was asked for; the registry is at fault`,
    { retryable: true },
  );
}
