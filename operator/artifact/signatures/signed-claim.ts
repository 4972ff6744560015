import { bundleFromJSON, toMessageSignatureBundle, type Bundle } from '@sigstore/bundle';
import { hash, X509Certificate } from 'node:crypto';
import { z } from 'zod';
import { digestOf } from '../oci/manifest.ts';
import { signaturePredicate, type SimpleSignature, type StoredSignature } from './find-signatures.ts';
import { readLogEntry } from './log-entry.ts';

/** What a signature is over. Whether it is valid is checked apart from what it states. */
export interface SignedClaim {
  readonly bundle: Bundle;
  /** The bytes that were signed, where the bundle does not hold them. */
  readonly artifact: Buffer;
}

const statementType = 'application/vnd.in-toto+json';
/** https://github.com/in-toto/attestation/blob/main/spec/v1/statement.md */
const statementSchema = z.object({
  predicateType: z.string(),
  subject: z.array(z.object({ digest: z.record(z.string(), z.string()) })).max(1000),
});
/** What cosign states; other tools sign other statements in this form, maybe with the same key. */
const simpleSigningClaim = 'cosign container image signature';
/** https://github.com/containers/image/blob/main/docs/containers-signature.5.md */
const simpleSigningSchema = z.object({
  critical: z.object({
    type: z.string(),
    image: z.object({ 'docker-manifest-digest': z.string() }),
  }),
});

/**
 * @param manifest the manifest that must be what was signed.
 * @throws {Error} that says why it is no signature of that image.
 */
export function readClaim(stored: StoredSignature, manifest: Uint8Array): SignedClaim {
  return stored.form === 'Bundle' ? ofBundle(stored.bytes, manifest) : ofSimpleSigning(stored, manifest);
}

function ofBundle(bytes: Uint8Array, manifest: Uint8Array): SignedClaim {
  const bundle = readable(() => bundleFromJSON(json(bytes)));
  // A signature of the bytes themselves needs no statement.
  if (bundle.content.$case === 'messageSignature') return { bundle, artifact: Buffer.from(manifest) };
  const { payload, payloadType } = bundle.content.dsseEnvelope;
  if (payloadType !== statementType)
    throw new Error(`it signs ${payloadType}, not a statement about an image`);
  const { predicateType, subject } = readable(() => statementSchema.parse(json(payload)));
  if (predicateType !== signaturePredicate) {
    throw new Error(`it is an attestation of type ${predicateType}, not a signature by cosign sign`);
  }
  const wanted = hash('sha256', manifest);
  if (!subject.some(({ digest }) => digest['sha256'] === wanted)) throw new Error('it signs another image');
  return { bundle, artifact: Buffer.alloc(0) };
}

function ofSimpleSigning(stored: SimpleSignature, manifest: Uint8Array): SignedClaim {
  const artifact = Buffer.from(stored.payload);
  const { critical } = readable(() => simpleSigningSchema.parse(json(artifact)));
  if (critical.type !== simpleSigningClaim)
    throw new Error(`it is of type ${critical.type}, not a signature by cosign sign`);
  if (critical.image['docker-manifest-digest'] !== digestOf(manifest)) {
    throw new Error('it signs another image');
  }
  return { bundle: readable(() => bundleOf(stored, artifact)), artifact };
}

/** Simple signing in the form that sigstore's library verifies. */
function bundleOf({ signature, certificate, logEntry }: SimpleSignature, artifact: Buffer): Bundle {
  const bundle = toMessageSignatureBundle({
    digest: Buffer.from(hash('sha256', artifact), 'hex'),
    signature: Buffer.from(signature, 'base64'),
    ...(certificate !== undefined && { certificate: new X509Certificate(certificate).raw }),
  });
  // Keys need no log: what a signature by a key has beside it is not read.
  const isLogged = certificate !== undefined && logEntry !== undefined;
  const tlogEntries = isLogged ? [readLogEntry(logEntry)] : [];
  return { ...bundle, verificationMaterial: { ...bundle.verificationMaterial, tlogEntries } };
}

function readable<Result>(read: () => Result): Result {
  try {
    return read();
  } catch (cause) {
    throw new Error('it cannot be read', { cause });
  }
}

function json(bytes: Uint8Array): unknown {
  return JSON.parse(Buffer.from(bytes).toString('utf8'));
}
