import { hash } from 'node:crypto';
import { AgentError } from '../../api/errors.ts';
import { digestOf, manifestTypes, readManifest, type Layer } from './manifest.ts';
import { pluginFile } from './plugin-file.ts';
import type { ImageReference } from './reference.ts';
import type { Registry } from './registry.ts';

const manifestBytesMax = 1024 * 1024;
const accept = Object.values(manifestTypes).join(', ');
const absent = 'correct spec.filter.url, or push the module there';

/** Digest of the manifest that a tag names now: 64 hex digits. @throws {AgentError} FetchFailed, FetchRefused */
export async function resolveTag(registry: Registry, tag: string): Promise<string> {
  const what = `tag ${tag}`;
  const answer = await registry.send({
    path: `/manifests/${tag}`,
    method: 'HEAD',
    headers: { accept },
    bytesMax: 0,
    what: 'the manifest',
  });
  if (answer.status !== 200) throw registry.fail(answer, what, absent);
  const [, digest] = /^sha256:([0-9a-f]{64})$/.exec(String(answer.headers['docker-content-digest'])) ?? [];
  // The header is optional: the manifest's bytes have the digest in any case.
  return digest ?? hash('sha256', await readManifestBytes(registry, tag));
}

/** The module that an image holds. @throws {AgentError} FetchFailed, FetchRefused, ModuleTooLarge, NotWasm, DigestMismatch */
export async function pullModule(
  registry: Registry,
  { tag, digest }: Pick<ImageReference, 'tag' | 'digest'>,
  bytesMax: number,
): Promise<Uint8Array> {
  const name = digest === undefined ? (tag ?? '') : `sha256:${digest}`;
  const title = `${registry.title}${digest === undefined ? ':' : '@'}${name}`;
  let content = readManifest(await readManifestBytes(registry, name), title);
  // An index that names an index is nothing that a module needs.
  if (content.kind === 'Manifest')
    content = readManifest(await readManifestBytes(registry, content.digest), title);
  if (content.kind === 'Manifest') {
    throw new AgentError('NotWasm', `${title}: its index names another index; push the module again`);
  }
  const bytes = await readLayer(registry, content.layer, bytesMax);
  return content.layer.isArchive ? pluginFile({ bytes, title, bytesMax }) : bytes;
}

/** @param name a tag, or `sha256:` and 64 hex digits, which the bytes must have. */
async function readManifestBytes(registry: Registry, name: string): Promise<Uint8Array> {
  const answer = await registry.send({
    path: `/manifests/${name}`,
    headers: { accept },
    bytesMax: manifestBytesMax,
    what: 'the manifest',
  });
  if (answer.status !== 200) throw registry.fail(answer, name, absent);
  if (name.startsWith('sha256:')) requireDigest(answer.bytes, name, `${registry.title}: manifest`);
  return answer.bytes;
}

async function readLayer(registry: Registry, layer: Layer, bytesMax: number): Promise<Uint8Array> {
  const what = 'the layer with the module';
  if (layer.sizeBytes > bytesMax) {
    const message = `${registry.title}: ${what} has ${layer.sizeBytes} bytes; at most ${bytesMax} are taken`;
    throw new AgentError('ModuleTooLarge', message);
  }
  const answer = await registry.send({ path: `/blobs/${layer.digest}`, bytesMax, what });
  if (answer.status !== 200) throw registry.fail(answer, what, 'push the module again');
  requireDigest(answer.bytes, layer.digest, `${registry.title}: ${what}`);
  return answer.bytes;
}

function requireDigest(bytes: Uint8Array, wanted: string, title: string): void {
  const actual = digestOf(bytes);
  if (actual === wanted) return;
  throw new AgentError(
    'DigestMismatch',
    `${title} has digest ${actual}, ${wanted} was asked for; the registry is at fault`,
    {
      retryable: true,
    },
  );
}
