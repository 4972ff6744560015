import type { TrustedRoot } from '@sigstore/protobuf-specs';
import { AgentError, messageOf } from '../../api/errors.ts';
import type { Signers } from '../../api/signers-schema.ts';
import { digestOf } from '../oci/manifest.ts';
import type { Registry } from '../oci/registry.ts';
import { checkSigner } from './check-signer.ts';
import { findSignatures } from './find-signatures.ts';
import { readClaim } from './signed-claim.ts';

export interface SignatureDemand {
  /** Of each list, one must have signed the image. */
  readonly signers: readonly Signers[];
  readonly trustedRoot: TrustedRoot | undefined;
}

/** How many reasons a message has at most. */
const shownMax = 3;

/**
 * Checks that an image is signed by those whom the demand names. Nothing but its registry is asked.
 * @param manifest the manifest, or index of manifests, that the image's reference names.
 * @throws {AgentError} SignatureMissing, SignatureInvalid, TrustedRootMissing, and those of the registry.
 */
export async function checkSignatures(
  registry: Registry,
  manifest: Uint8Array,
  demand: SignatureDemand,
): Promise<void> {
  const digest = digestOf(manifest);
  const title = `${registry.title}@${digest}`;
  const stored = await findSignatures(registry, digest);
  if (stored.length === 0) {
    // Who pushes an image signs it a little later.
    const message = `${title} has no signature; sign it with cosign sign ${title}`;
    throw new AgentError('SignatureMissing', message, { retryable: true });
  }
  for (const signers of demand.signers) {
    const failures: unknown[] = [];
    const isSigned = stored.some((one) => {
      try {
        checkSigner(readClaim(one, manifest), signers, demand.trustedRoot);
        return true;
      } catch (error) {
        failures.push(error);
        return false;
      }
    });
    if (!isSigned) throw refusal(title, failures);
  }
}

function refusal(title: string, failures: readonly unknown[]): AgentError {
  // What keeps the operator from checking is to be put right first.
  const obstacle = failures.find((failure) => failure instanceof AgentError);
  if (obstacle) return obstacle;
  const reasons = [...new Set(failures.map(messageOf))];
  const more = reasons.length > shownMax ? '; and others' : '';
  const text = reasons.slice(0, shownMax).join('; ') + more;
  return new AgentError(
    'SignatureInvalid',
    `${title}: no signature of ${failures.length} is accepted: ${text}. Sign it with a key or identity that is named, or name the signer`,
  );
}
