import { hasCode } from './api-error.ts';
import type { ClusterClient } from './client.ts';
import { objectPath } from './kinds.ts';
import type { KubernetesObject } from './kubernetes-object.ts';

interface Secret extends KubernetesObject {
  readonly type?: string;
  /** Base64. */
  readonly data?: Readonly<Record<string, string>>;
}

interface SecretReference {
  readonly namespace: string;
  readonly name: string;
  readonly key: string;
}

interface LabelledReference extends SecretReference {
  /** Label by which the Secret's owner allows this use. */
  readonly label: string;
}

export type SecretValue =
  | { readonly state: 'Found'; readonly bytes: Buffer }
  /** The Secret lacks the label, or has another type: its owner has not allowed this use. */
  | { readonly state: 'Refused' }
  /** `message`: what is missing, and what to do. */
  | { readonly state: 'Missing'; readonly message: string };

/**
 * One value of a Secret that a spec names. Secrets are read one at a time and never kept: the operator needs no right to list them.
 * Whoever may create SpAgents need not be allowed to read Secrets, so that a Secret's owner has to let it be used.
 */
export function readLabelledSecret(
  client: ClusterClient,
  { label, ...reference }: LabelledReference,
): Promise<SecretValue> {
  return readSecret(client, reference, ({ metadata }) => metadata.labels?.[label] === 'true');
}

/** The logins to registries of a Secret that is made for them: its type is its owner's consent. */
export function readDockerConfig(
  client: ClusterClient,
  { namespace, name }: { readonly namespace: string; readonly name: string },
): Promise<SecretValue> {
  const reference = { namespace, name, key: '.dockerconfigjson' };
  return readSecret(client, reference, ({ type }) => type === 'kubernetes.io/dockerconfigjson');
}

async function readSecret(
  client: ClusterClient,
  { namespace, name, key }: SecretReference,
  isAllowed: (secret: Secret) => boolean,
): Promise<SecretValue> {
  const missing = (message: string) => ({ state: 'Missing', message }) as const;
  try {
    const path = objectPath({ kind: 'Secret', namespace, name });
    const secret = await client.json<Secret>({ path });
    if (!isAllowed(secret)) return { state: 'Refused' };
    const value = secret.data?.[key];
    if (value === undefined) return missing(`it has no key "${key}"; add it`);
    return { state: 'Found', bytes: Buffer.from(value, 'base64') };
  } catch (error) {
    if (hasCode(error, 404)) return missing('it does not exist; create it');
    if (!hasCode(error, 403)) throw error;
    return missing('the operator may not read it; see rbac.secrets of the chart');
  }
}
