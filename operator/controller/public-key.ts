import { hash } from 'node:crypto';
import { backendKeyLabel } from '../api/names.ts';
import type { SpAgent } from '../api/schema.ts';
import type { PublicKeyState } from '../api/snapshot.ts';
import { hasCode } from '../cluster/api-error.ts';
import type { ClusterClient } from '../cluster/client.ts';
import { objectPath } from '../cluster/kinds.ts';
import type { KubernetesObject } from '../cluster/kubernetes-object.ts';

interface Secret extends KubernetesObject {
  /** Base64. */
  readonly data?: Readonly<Record<string, string>>;
}

/**
 * The backend's key that the agent names. Secrets are read one at a time and never kept: the operator needs no right to list
 * them. Whoever may create SpAgents need not be allowed to read Secrets, so that a Secret's owner has to let it be sent.
 */
export async function readPublicKey(client: ClusterClient, agent: SpAgent): Promise<PublicKeyState> {
  const reference = agent.spec.backend.publicKeySecret;
  if (!reference) return { state: 'NotWanted' };
  const { name, key } = reference;
  const { namespace } = agent;
  const title = `Secret ${namespace}/${name}`;
  const missing = (message: string) =>
    ({ state: 'Missing', reason: 'SecretMissing', message: `${title}: ${message}` }) as const;
  try {
    const path = objectPath({ kind: 'Secret', namespace, name });
    const { metadata, data } = await client.json<Secret>({ path });
    if (metadata.labels?.[backendKeyLabel] !== 'true') {
      const label = `kubectl label secret -n ${namespace} ${name} ${backendKeyLabel}=true`;
      const message = `${title}: its owner has not marked it as a backend's key; to let it be sent to spec.backend.url: ${label}`;
      return { state: 'Missing', reason: 'SecretRefused', message };
    }
    const value = data?.[key];
    if (value === undefined) return missing(`it has no key "${key}"; add it`);
    const digest = hash('sha256', Buffer.from(value, 'base64'));
    return { state: 'Found', digest };
  } catch (error) {
    if (hasCode(error, 404)) return missing('it does not exist; create it');
    if (!hasCode(error, 403)) throw error;
    return missing('the operator may not read it; see rbac.secrets of the chart');
  }
}
