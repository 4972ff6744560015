import type { SpAgent } from '../api/schema.ts';
import type { Snapshot } from '../api/snapshot.ts';
import { matches } from './cache.ts';
import type { AgentItem, WorkloadItem } from './items.ts';

/**
 * The earlier of two agents has the pods, whatever the later one does. Times of creation are whole seconds: within one the name
 * decides, as Gateway API resolves conflicts.
 * @param agents those of the agent's namespace.
 * @param selected the agent's workloads.
 */
export function conflictOf(
  agents: Iterable<AgentItem>,
  agent: SpAgent,
  selected: readonly WorkloadItem[],
): Snapshot['conflict'] {
  const earlier = [...agents]
    .flatMap(({ parsed, isDeleted }) => ('agent' in parsed && !isDeleted ? [parsed.agent] : []))
    .filter((other) => isEarlier(other, agent))
    .sort((a, b) => (isEarlier(a, b) ? -1 : 1));
  for (const other of earlier) {
    const workload = selected.find((item) => matches(other.spec.selector.matchLabels, item.templateLabels));
    if (workload) return { agentName: other.name, workload: `${workload.kind} ${workload.name}` };
  }
  return undefined;
}

function isEarlier(a: SpAgent, b: SpAgent): boolean {
  if (a.createdAt === b.createdAt) return a.name < b.name;
  return a.createdAt < b.createdAt;
}
