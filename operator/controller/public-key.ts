import { hash } from 'node:crypto';
import { backendKeyLabel } from '../api/names.ts';
import type { SpAgent } from '../api/schema.ts';
import type { PublicKeyState } from '../api/snapshot.ts';
import type { ClusterClient } from '../cluster/client.ts';
import { readLabelledSecret } from '../cluster/secret-value.ts';

/** The backend's key that the agent names. */
export async function readPublicKey(client: ClusterClient, agent: SpAgent): Promise<PublicKeyState> {
  const reference = agent.spec.backend.publicKeySecret;
  if (!reference) return { state: 'NotWanted' };
  const { name, key } = reference;
  const { namespace } = agent;
  const title = `Secret ${namespace}/${name}`;
  const found = await readLabelledSecret(client, { namespace, name, key, label: backendKeyLabel });
  switch (found.state) {
    case 'Found':
      return { state: 'Found', digest: hash('sha256', found.bytes) };
    case 'Missing':
      return { state: 'Missing', reason: 'SecretMissing', message: `${title}: ${found.message}` };
    case 'Refused': {
      const label = `kubectl label secret -n ${namespace} ${name} ${backendKeyLabel}=true`;
      const message = `${title}: its owner has not marked it as a backend's key; to let it be sent to spec.backend.url: ${label}`;
      return { state: 'Missing', reason: 'SecretRefused', message };
    }
  }
}
