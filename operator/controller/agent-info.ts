import type { GateResult } from '../api/gates.ts';
import type { SpAgentStatus } from '../api/status-schema.ts';
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
export function agentInfo(item: AgentItem): AgentInfo {
  const { namespace, name } = item;
  const { conditions, stableRevision, targetRevision } = statusOf(item);
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

/** What a metric shows of one gate of a step in progress. */
export interface GateState {
  readonly namespace: string;
  /** Of the agent. */
  readonly name: string;
  readonly gate: string;
  readonly verdict: GateResult['verdict'];
}

export function gateStates(item: AgentItem): GateState[] {
  const { namespace, name } = item;
  const gates = statusOf(item).rollout?.gates ?? [];
  return gates.map(({ name: gate, verdict }) => ({ namespace, name, gate, verdict }));
}

/** Agents by the state of their rollout; one without a status has none. */
export function rolloutsByState(items: Iterable<AgentItem>): Map<string, number> {
  const counts = new Map<string, number>();
  for (const item of items) {
    const { state } = statusOf(item).rollout ?? {};
    if (state !== undefined) counts.set(state, (counts.get(state) ?? 0) + 1);
  }
  return counts;
}

function statusOf({ parsed }: AgentItem): SpAgentStatus {
  return 'agent' in parsed ? parsed.agent.status : parsed.status;
}
