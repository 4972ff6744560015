import type { AgentItem } from './items.ts';

/** What a metric shows of one agent. */
export interface AgentInfo {
  readonly namespace: string;
  readonly name: string;
  /** Status of its Ready condition. */
  readonly ready: string;
  readonly reason: string;
  readonly stable_revision: string;
  readonly target_revision: string;
}

/** From its status, as it was last written. */
export function agentInfo({ namespace, name, parsed }: AgentItem): AgentInfo {
  const { conditions, stableRevision, targetRevision } =
    'agent' in parsed ? parsed.agent.status : parsed.status;
  const ready = conditions?.find(({ type }) => type === 'Ready');
  return {
    namespace,
    name,
    ready: ready?.status ?? 'Unknown',
    reason: ready?.reason ?? '',
    stable_revision: stableRevision ?? '',
    target_revision: targetRevision ?? '',
  };
}

/** Agents by the status of their Ready condition. */
export function agentsByReady(agents: Iterable<AgentInfo>): Map<string, number> {
  const counts = new Map<string, number>();
  for (const { ready } of agents) counts.set(ready, (counts.get(ready) ?? 0) + 1);
  return counts;
}
