import { hash } from 'node:crypto';
import { AgentError } from '../../api/errors.ts';
import { readManifest } from './manifest.ts';
import { pluginFile } from './plugin-file.ts';
import { absentAdvice, acceptedManifests, readBlob, readManifestBytes } from './read.ts';
import type { ImageReference } from './reference.ts';
import type { Registry } from './registry.ts';

export interface PullOptions {
  /** Longest module that is taken. */
  readonly bytesMax: number;
  /**
   * Called before the module is fetched. Its digests lead from the manifest to the module, so that who signed the one signed the other.
   * @param manifest the manifest, or index of manifests, that the reference names. @throws {AgentError} to refuse the image.
   */
  readonly check?: (manifest: Uint8Array) => Promise<void>;
}

/** Digest of the manifest that a tag names now: 64 hex digits. @throws {AgentError} FetchFailed, FetchRefused */
export async function resolveTag(registry: Registry, tag: string): Promise<string> {
  const what = `tag ${tag}`;
  const answer = await registry.send({
    path: `/manifests/${tag}`,
    method: 'HEAD',
    headers: { accept: acceptedManifests },
    bytesMax: 0,
    what: 'the manifest',
  });
  if (answer.status !== 200) throw registry.fail(answer, what, absentAdvice);
  const [, digest] = /^sha256:([0-9a-f]{64})$/.exec(String(answer.headers['docker-content-digest'])) ?? [];
  // The header is optional: the manifest's bytes have the digest in any case.
  return digest ?? hash('sha256', await readManifestBytes(registry, tag));
}

/** The module that an image holds. @throws {AgentError} FetchFailed, FetchRefused, ModuleTooLarge, NotWasm, DigestMismatch */
export async function pullModule(
  registry: Registry,
  { tag, digest }: Pick<ImageReference, 'tag' | 'digest'>,
  { bytesMax, check }: PullOptions,
): Promise<Uint8Array> {
  const name = digest === undefined ? (tag ?? '') : `sha256:${digest}`;
  const title = `${registry.title}${digest === undefined ? ':' : '@'}${name}`;
  const manifest = await readManifestBytes(registry, name);
  await check?.(manifest);
  let content = readManifest(manifest, title);
  // An index that names an index is nothing that a module needs.
  if (content.kind === 'Manifest')
    content = readManifest(await readManifestBytes(registry, content.digest), title);
  if (content.kind === 'Manifest') {
    throw new AgentError('NotWasm', `${title}: its index names another index; push the module again`);
  }
  const { layer } = content;
  const bytes = await readBlob(registry, { ...layer, what: 'the layer with the module', bytesMax });
  return layer.isArchive ? pluginFile({ bytes, title, bytesMax }) : bytes;
}
