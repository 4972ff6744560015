import type { KeyObject } from 'node:crypto';
import { digestOf, manifestTypes } from '../../operator/artifact/oci/manifest.ts';
import type { Registry } from '../../operator/artifact/oci/registry.ts';
import { putBlob, putManifest } from './registry-upload.ts';
import { bundleOf, keySigner } from './signing.ts';

const bundleType = 'application/vnd.dev.sigstore.bundle.v0.3+json';

/** Signs the image of a tag, as cosign does where the registry has no list of referrers. */
export async function signImage(registry: Registry, tag: string, key: KeyObject): Promise<void> {
  const answer = await registry.send({
    path: `/manifests/${tag}`,
    headers: { accept: manifestTypes.image },
    bytesMax: 1024 * 1024,
    what: 'test',
  });
  const bundle = await bundleOf(answer.bytes, keySigner(key));
  const config = await putBlob(registry, Buffer.from('{}'), 'application/vnd.oci.empty.v1+json');
  const signature = await putManifest(registry, 'signature', {
    schemaVersion: 2,
    mediaType: manifestTypes.image,
    artifactType: bundleType,
    config,
    layers: [await putBlob(registry, Buffer.from(bundle), bundleType)],
    subject: { mediaType: manifestTypes.image, digest: digestOf(answer.bytes), size: answer.bytes.length },
  });
  await putManifest(registry, digestOf(answer.bytes).replace(':', '-'), {
    schemaVersion: 2,
    mediaType: manifestTypes.index,
    manifests: [{ ...signature, artifactType: bundleType }],
  });
}
