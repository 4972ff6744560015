import { agentKind, groupVersion } from '../api/names.ts';
import { isSameJson } from '../api/same-json.ts';
import type { SpAgentStatus } from '../api/status-schema.ts';
import { plainStatus } from '../api/plain-text.ts';
import { applyObject } from '../cluster/server-side-apply.ts';
import type { ApplyContext } from './apply.ts';
import { trimAgent, type AgentItem } from './items.ts';

/** Writes a status that says something new. */
export async function writeStatus(
  { client, cache }: Pick<ApplyContext, 'client' | 'cache'>,
  { namespace, name, uid, parsed }: AgentItem,
  status: SpAgentStatus,
): Promise<void> {
  const former = 'agent' in parsed ? parsed.agent.status : parsed.status;
  const wanted = plainStatus(status);
  if (isSameJson(wanted, former)) return;
  const object = {
    apiVersion: groupVersion,
    kind: agentKind,
    metadata: { namespace, name, uid },
    status: wanted,
  };
  const written = await applyObject(client, object, { subresource: 'status', overridesEdits: true });
  cache.agents.upsert(trimAgent(written));
}
