import { TrustedRoot } from '@sigstore/protobuf-specs';
import { z } from 'zod';
import { messageOf } from '../../api/errors.ts';
import { signersSchema } from '../../api/signers-schema.ts';
import type { SignaturePolicy } from './policy.ts';

const fileSchema = z
  .strictObject({
    required: z.boolean().default(false),
    keys: z.preprocess(absentIfEmpty, signersSchema.shape.keys),
    identities: z.preprocess(absentIfEmpty, signersSchema.shape.identities),
    /** JSON text, as `cosign trusted-root create` and sigstore's own repository have it. */
    trustedRoot: z.string().default(''),
  })
  .refine(({ required, keys, identities }) => required || (!keys && !identities), {
    message: 'keys and identities count only with required: true',
  });

function absentIfEmpty(value: unknown): unknown {
  return Array.isArray(value) && value.length === 0 ? undefined : value;
}

/** @param text JSON, as the chart writes it from operator.verification. @throws {Error} that names the field. */
export function parseSignaturePolicy(text: string): SignaturePolicy {
  const { required, keys, identities, trustedRoot } = fileSchema.parse(JSON.parse(text));
  return {
    isRequired: required,
    signers: keys || identities ? { keys, identities } : undefined,
    trustedRoot: trustedRoot === '' ? undefined : parseRoot(trustedRoot),
  };
}

function parseRoot(text: string): TrustedRoot {
  try {
    const root = TrustedRoot.fromJSON(JSON.parse(text));
    if (root.certificateAuthorities.length > 0 && root.tlogs.length > 0) return root;
  } catch (error) {
    throw new Error(`trustedRoot cannot be read: ${messageOf(error)}`, { cause: error });
  }
  throw new Error('trustedRoot names no certificate authority, or no transparency log');
}
