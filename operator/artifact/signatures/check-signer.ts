import { createPublicKey } from 'node:crypto';
import { TrustedRoot } from '@sigstore/protobuf-specs';
import { toSignedEntity, toTrustMaterial, Verifier } from '@sigstore/verify';
import { AgentError, messageOf } from '../../api/errors.ts';
import type { Signers } from '../../api/signers-schema.ts';
import type { SignedClaim } from './signed-claim.ts';

/** Keys need neither a log nor an authority. */
const noRoot = TrustedRoot.fromJSON({});
const keyVerifier = { ctlogThreshold: 0, tlogThreshold: 0, timestampThreshold: 0 };

/** @throws {Error} that says which check failed. */
export function checkSigner(
  claim: SignedClaim,
  signers: Signers,
  trustedRoot: TrustedRoot | undefined,
): void {
  const isKeyless = claim.bundle.verificationMaterial.content.$case !== 'publicKey';
  if (isKeyless) checkIdentity(claim, signers, trustedRoot);
  else checkKeys(claim, signers.keys ?? []);
}

function checkKeys({ bundle, artifact }: SignedClaim, keys: readonly string[]): void {
  if (keys.length === 0) throw new Error('it is by a key, and no keys are given');
  const { verificationMaterial } = bundle;
  const withoutLog = { ...verificationMaterial, tlogEntries: [], timestampVerificationData: undefined };
  const entity = toSignedEntity({ ...bundle, verificationMaterial: withoutLog } as typeof bundle, artifact);
  const isByOne = keys.map(readKey).some((publicKey) => {
    // A bundle names its key by a hint that anybody may write: each key is tried.
    const material = toTrustMaterial(noRoot, () => ({ publicKey, validFor: () => true }));
    try {
      new Verifier(material, keyVerifier).verify(entity);
      return true;
    } catch {
      return false;
    }
  });
  if (!isByOne) throw new Error('none of the keys made it, or it was changed');
}

function readKey(pem: string, index: number) {
  try {
    return createPublicKey(pem);
  } catch (cause) {
    throw new AgentError('SignatureInvalid', `keys[${index}] is not a public key in PEM; correct it`, {
      cause,
    });
  }
}

function checkIdentity(
  { bundle, artifact }: SignedClaim,
  signers: Signers,
  root: TrustedRoot | undefined,
): void {
  const { identities = [] } = signers;
  if (identities.length === 0) throw new Error('it is keyless, and no identities are given');
  if (!root) {
    const message =
      'keyless signatures cannot be checked: the administrator gives the trusted root with operator.verification.trustedRoot';
    throw new AgentError('TrustedRootMissing', message);
  }
  const { identity } = verified(() =>
    new Verifier(toTrustMaterial(root)).verify(toSignedEntity(bundle, artifact)),
  );
  const { subjectAlternativeName: subject = '', extensions: { issuer = '' } = {} } = identity ?? {};
  const isOne = identities.some((one) => one.issuer === issuer && fits(subject, one.subject));
  if (!isOne) throw new Error(`it is by ${subject} of ${issuer}, which is none of the identities`);
}

function verified<Result>(verify: () => Result): Result {
  try {
    return verify();
  } catch (error) {
    throw new Error(`its certificate, log entry or signature is not valid: ${messageOf(error)}`, {
      cause: error,
    });
  }
}

function fits(subject: string, wanted: string): boolean {
  return wanted.endsWith('*') ? subject.startsWith(wanted.slice(0, -1)) : subject === wanted;
}
