import { publicKeyEnvName, redactionKeyEnvName } from '../../api/names.ts';
import type { RevisionData } from '../../api/revision.ts';

/** A variable of the filter's virtual machine. No value: it comes from the proxy's own environment. */
export interface VmVariable {
  readonly name: string;
  readonly value: string | undefined;
}

export function vmEnvironment(data: RevisionData): VmVariable[] {
  const variables = data.env.map(({ name, value, fromProxy }) => ({
    name,
    value: fromProxy ? undefined : value,
  }));
  const keys = [
    ...(data.publicKey ? [publicKeyEnvName] : []),
    ...(data.redactionKeyDigest === undefined ? [] : [redactionKeyEnvName]),
  ];
  return [...variables, ...keys.map((name) => ({ name, value: undefined }))];
}
