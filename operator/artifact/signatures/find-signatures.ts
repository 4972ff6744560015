import { z } from 'zod';
import { findJson, readBlob } from '../oci/read.ts';
import type { Registry } from '../oci/registry.ts';
import { manifestTypes } from '../oci/manifest.ts';

/** A signature as the registry has it: nothing of it is checked. */
export type StoredSignature =
  /** JSON of a bundle: https://github.com/sigstore/cosign/blob/main/specs/BUNDLE_SPEC.md. */
  { readonly form: 'Bundle'; readonly bytes: Uint8Array } | SimpleSignature;

/** https://github.com/sigstore/cosign/blob/main/specs/SIGNATURE_SPEC.md */
export interface SimpleSignature {
  readonly form: 'SimpleSigning';
  /** What was signed. */
  readonly payload: Uint8Array;
  /** In base64. */
  readonly signature: string;
  /** PEM, of a keyless signature. The chain beside it is not read: the trusted root has what it must chain to. */
  readonly certificate: string | undefined;
  /** JSON of the entry in the transparency log, as the log's server signed it. */
  readonly logEntry: string | undefined;
}

const bytesMax = 256 * 1024;
/** Of each form. Whoever may push to the repository can add more: they are not looked at. */
const signaturesMax = 16;

const bundleType = /^application\/vnd\.dev\.sigstore\.bundle/;
/** OCI Image Specification 1.1, "Guidance for an Empty Descriptor". */
const emptyConfigType = 'application/vnd.oci.empty.v1+json';
const simpleSigningType = 'application/vnd.dev.cosign.simplesigning.v1+json';
const signatureAnnotation = 'dev.cosignproject.cosign/signature';
const certificateAnnotation = 'dev.sigstore.cosign/certificate';
const logEntryAnnotation = 'dev.sigstore.cosign/bundle';
const predicateAnnotation = 'dev.sigstore.bundle.predicateType';
/** What `cosign sign` states; attestations about an image, such as a list of its parts, state something else. */
export const signaturePredicate = 'https://sigstore.dev/cosign/sign/v1';

const annotations = z.record(z.string(), z.string()).default({});
const descriptor = z.object({
  mediaType: z.string().default(''),
  artifactType: z.string().default(''),
  digest: z.string().regex(/^sha256:[0-9a-f]{64}$/),
  size: z.int().min(0),
  annotations,
});
const indexSchema = z.object({ manifests: z.array(descriptor).max(1000) });
const imageSchema = z.object({ layers: z.array(descriptor).max(1000) });

/**
 * The signatures of an image in its own repository.
 * @param digest of the manifest: `sha256:` and 64 hex digits.
 * @throws {AgentError} where the registry does not answer.
 */
export async function findSignatures(registry: Registry, digest: string): Promise<StoredSignature[]> {
  return [...(await findBundles(registry, digest)), ...(await findSimpleSignatures(registry, digest))];
}

async function findBundles(registry: Registry, digest: string): Promise<StoredSignature[]> {
  const list = 'the list of signatures';
  // OCI Distribution Specification 1.1, "Listing Referrers": a registry without that list has an index under a tag.
  const referrers =
    (await findJson(registry, `/referrers/${digest}`, list)) ??
    (await findJson(registry, `/manifests/${tagOf(digest)}`, list));
  const entries = parsed(indexSchema, referrers)?.manifests ?? [];
  const bundles: StoredSignature[] = [];
  for (const entry of entries.filter(isSignature).slice(0, signaturesMax)) {
    const manifest = await findJson(registry, `/manifests/${entry.digest}`, entry.digest);
    const [layer] = parsed(imageSchema, manifest)?.layers ?? [];
    if (!layer || !bundleType.test(layer.mediaType) || layer.size > bytesMax) continue;
    bundles.push({ form: 'Bundle', bytes: await readSignature(registry, layer) });
  }
  return bundles;
}

function isSignature(entry: z.output<typeof descriptor>): boolean {
  const predicate = entry.annotations[predicateAnnotation];
  // A registry that knows no artifactType gives the media type of the configuration, or none; so does cosign in the index that it writes itself.
  const isBundle = ['', emptyConfigType].includes(entry.artifactType) || bundleType.test(entry.artifactType);
  return (
    entry.mediaType === manifestTypes.image &&
    isBundle &&
    (predicate === undefined || predicate === signaturePredicate)
  );
}

async function findSimpleSignatures(registry: Registry, digest: string): Promise<StoredSignature[]> {
  const tag = `${tagOf(digest)}.sig`;
  const layers = parsed(imageSchema, await findJson(registry, `/manifests/${tag}`, tag))?.layers ?? [];
  const found: StoredSignature[] = [];
  for (const layer of layers.slice(0, signaturesMax)) {
    const signature = layer.annotations[signatureAnnotation];
    if (layer.mediaType !== simpleSigningType || signature === undefined || layer.size > bytesMax) continue;
    found.push({
      form: 'SimpleSigning',
      payload: await readSignature(registry, layer),
      signature,
      certificate: layer.annotations[certificateAnnotation],
      logEntry: layer.annotations[logEntryAnnotation],
    });
  }
  return found;
}

function readSignature(
  registry: Registry,
  { digest, size }: z.output<typeof descriptor>,
): Promise<Uint8Array> {
  return readBlob(registry, { digest, sizeBytes: size, what: 'a signature', bytesMax });
}

function tagOf(digest: string): string {
  return digest.replace(':', '-');
}

/** Undefined for what is not there, and for what is no such document: others may have pushed it. */
function parsed<Output>(schema: z.ZodType<Output>, bytes: Uint8Array | undefined): Output | undefined {
  if (!bytes) return undefined;
  try {
    return schema.parse(JSON.parse(Buffer.from(bytes).toString('utf8')));
  } catch {
    return undefined;
  }
}
