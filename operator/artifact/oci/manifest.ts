import { hash } from 'node:crypto';
import { z } from 'zod';
import { AgentError } from '../../api/errors.ts';

/**
 * Media types under which images hold a module:
 * - `wasm`: the module as it is. Istio's "oci variant" (https://github.com/solo-io/wasm/blob/master/spec/spec.md), and the Wasm OCI
 *   artifact of the CNCF (https://tag-runtime.cncf.io/wgs/wasm/deliverables/wasm-oci-artifact), which `oras` and others write.
 * - `archive`: the "compat variant", an image whose last layer has the file `plugin.wasm`.
 */
export const layerTypes = {
  wasm: ['application/vnd.module.wasm.content.layer.v1+wasm', 'application/wasm'],
  archive: [
    'application/vnd.oci.image.layer.v1.tar+gzip',
    'application/vnd.oci.image.layer.v1.tar',
    'application/vnd.docker.image.rootfs.diff.tar.gzip',
  ],
} as const;

export const manifestTypes = {
  image: 'application/vnd.oci.image.manifest.v1+json',
  dockerImage: 'application/vnd.docker.distribution.manifest.v2+json',
  index: 'application/vnd.oci.image.index.v1+json',
  dockerIndex: 'application/vnd.docker.distribution.manifest.list.v2+json',
} as const;

const descriptor = z.object({
  mediaType: z.string().max(255),
  /** Of `sha256:` and 64 hex digits: no registry uses another algorithm by default. */
  digest: z.string().regex(/^sha256:[0-9a-f]{64}$/),
  size: z.int().min(0),
});

const indexEntry = descriptor.extend({
  platform: z.object({ os: z.string().default(''), architecture: z.string().default('') }).optional(),
});

const manifestSchema = z.union([
  z.object({ layers: z.array(descriptor).max(128) }),
  z.object({ manifests: z.array(indexEntry).max(128) }),
]);

export interface Layer {
  /** `sha256:` and 64 hex digits. */
  readonly digest: string;
  readonly sizeBytes: number;
  readonly isArchive: boolean;
}

/** As registries name a blob or manifest: `sha256:` and 64 hex digits. */
export function digestOf(bytes: Uint8Array): string {
  return `sha256:${hash('sha256', bytes)}`;
}

/** What a manifest leads to. */
export type ManifestContent =
  | { readonly kind: 'Layer'; readonly layer: Layer }
  /** `digest` of another manifest: `sha256:` and 64 hex digits. */
  | { readonly kind: 'Manifest'; readonly digest: string };

/** @param title names the image, for messages. @throws {AgentError} NotWasm */
export function readManifest(bytes: Uint8Array, title: string): ManifestContent {
  const manifest = parse(bytes, title);
  if ('manifests' in manifest) {
    // A module is for no platform, so that each entry holds the same; an entry of platform unknown holds attestations.
    const entry = manifest.manifests.find(({ platform }) => platform?.os !== 'unknown');
    if (!entry) throw new AgentError('NotWasm', `${title}: its index names no image; push the module again`);
    return { kind: 'Manifest', digest: entry.digest };
  }
  const isOf = (types: readonly string[]) => (layer: { mediaType: string }) =>
    types.includes(layer.mediaType);
  const wasm = manifest.layers.find(isOf(layerTypes.wasm));
  if (wasm) return { kind: 'Layer', layer: { digest: wasm.digest, sizeBytes: wasm.size, isArchive: false } };
  const last = manifest.layers.at(-1);
  if (last && isOf(layerTypes.archive)(last)) {
    return { kind: 'Layer', layer: { digest: last.digest, sizeBytes: last.size, isArchive: true } };
  }
  const types = manifest.layers.map(({ mediaType }) => mediaType).join(', ') || 'none';
  throw new AgentError(
    'NotWasm',
    `${title}: no layer holds a module (media types: ${types}); push it with spagent push`,
  );
}

function parse(bytes: Uint8Array, title: string): z.output<typeof manifestSchema> {
  try {
    return manifestSchema.parse(JSON.parse(Buffer.from(bytes).toString('utf8')));
  } catch (cause) {
    throw new AgentError(
      'NotWasm',
      `${title}: it is not the manifest of an image; push it with spagent push`,
      { cause },
    );
  }
}
