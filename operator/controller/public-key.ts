import { createHash } from 'node:crypto';
import type { SpAgent } from '../api/schema.ts';
import type { PublicKeyState } from '../api/snapshot.ts';
import { hasCode } from '../cluster/api-error.ts';
import type { ClusterClient } from '../cluster/client.ts';
import { objectPath } from '../cluster/kinds.ts';

/** Secrets are read one at a time and never kept: the operator needs no right to list them. */
export async function readPublicKey(client: ClusterClient, agent: SpAgent): Promise<PublicKeyState> {
  const reference = agent.spec.backend.publicKeySecret;
  if (!reference) return { state: 'NotWanted' };
  const { name, key } = reference;
  const secret = `Secret ${agent.namespace}/${name}`;
  try {
    const { data } = await client.json<{ readonly data?: Readonly<Record<string, string>> }>({
      path: objectPath({ kind: 'Secret', namespace: agent.namespace, name }),
    });
    const value = data?.[key];
    if (value === undefined)
      return { state: 'Missing', message: `${secret}: it has no key "${key}"; add it` };
    const bytes = Buffer.from(value, 'base64');
    return { state: 'Found', digest: createHash('sha256').update(bytes).digest('hex') };
  } catch (error) {
    if (hasCode(error, 404)) return { state: 'Missing', message: `${secret}: it does not exist; create it` };
    if (!hasCode(error, 403)) throw error;
    return {
      state: 'Missing',
      message: `${secret}: the operator may not read it; see rbac.secrets of the chart`,
    };
  }
}
