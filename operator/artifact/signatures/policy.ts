import type { TrustedRoot } from '@sigstore/protobuf-specs';
import type { Signers } from '../../api/signers-schema.ts';

/** What the administrator asks of modules that are not the operator's own. */
export interface SignaturePolicy {
  /** Only modules that are signed are taken. */
  readonly isRequired: boolean;
  /** One of them must have signed each, whatever else a spec asks for; undefined: those of the spec are enough. */
  readonly signers: Signers | undefined;
  /** The authorities and logs that keyless signatures are checked against; undefined: none is accepted. */
  readonly trustedRoot: TrustedRoot | undefined;
}

export const noSignaturePolicy: SignaturePolicy = {
  isRequired: false,
  signers: undefined,
  trustedRoot: undefined,
};
