import { isDeepStrictEqual } from 'node:util';
import { agentKind, groupVersion } from '../api/names.ts';
import type { SpAgent } from '../api/schema.ts';
import type { SpAgentStatus } from '../api/status-schema.ts';
import type { ClusterClient } from '../cluster/client.ts';
import type { KubernetesObject } from '../cluster/kubernetes-object.ts';
import { applyObject } from '../cluster/server-side-apply.ts';

/**
 * Writes a status that says something new.
 * @returns the agent as the API server has it now; undefined if nothing was written.
 */
export async function writeStatus(
  client: ClusterClient,
  agent: Pick<SpAgent, 'namespace' | 'name' | 'uid' | 'status'>,
  status: SpAgentStatus,
): Promise<KubernetesObject | undefined> {
  // Undefined members are not in JSON.
  const wanted: unknown = JSON.parse(JSON.stringify(status));
  if (isDeepStrictEqual(wanted, JSON.parse(JSON.stringify(agent.status)))) return undefined;
  const { namespace, name, uid } = agent;
  const object = {
    apiVersion: groupVersion,
    kind: agentKind,
    metadata: { namespace, name, uid },
    status: wanted,
  };
  return applyObject(client, object, { subresource: 'status', overridesEdits: true });
}
