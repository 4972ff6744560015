import type { AgentItem } from './items.ts';

/** Whether one pod could be selected by both agents, whatever pods there are; unknown counts as yes. */
export function mayOverlap(one: AgentItem, other: AgentItem): boolean {
  if (!('agent' in one.parsed && 'agent' in other.parsed)) return true;
  const { matchLabels: labels = {} } = other.parsed.agent.spec.selector;
  return Object.entries(one.parsed.agent.spec.selector.matchLabels ?? {}).every(
    ([key, value]) => labels[key] === undefined || labels[key] === value,
  );
}
