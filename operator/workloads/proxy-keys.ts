import {
  publicKeyEnvName,
  redactionKeyEnvName,
  redactionKeyField,
  redactionKeySecret,
} from '../api/names.ts';
import type { RevisionData } from '../api/revision.ts';
import type { TemplateKey } from '../api/workload.ts';

interface WantedKeys {
  /** That of the revision, where its proxies need it. */
  readonly publicKey: RevisionData['publicKey'];
  readonly hasRedactionKey: boolean;
}

/** The keys that the proxies of an agent's workload get from Secrets. */
export function proxyKeys(agentName: string, { publicKey, hasRedactionKey }: WantedKeys): TemplateKey[] {
  const redactionKey = {
    variable: redactionKeyEnvName,
    secretName: redactionKeySecret(agentName),
    key: redactionKeyField,
  };
  return [
    ...(publicKey
      ? [{ variable: publicKeyEnvName, secretName: publicKey.secretName, key: publicKey.key }]
      : []),
    ...(hasRedactionKey ? [redactionKey] : []),
  ];
}
