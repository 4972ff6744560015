import { agentKind, podRevisionLabel, workloadKey } from '../api/names.ts';
import type { Problem } from '../api/problem.ts';
import type { OtherAgent, Snapshot } from '../api/snapshot.ts';
import type { Workload } from '../api/workload.ts';
import { selectsPod } from '../render/targets/sidecars.ts';

/**
 * The earlier of two agents gets the pods that both select, whatever the later one does. Creation times are full seconds: within
 * one the name decides, as Gateway API resolves conflicts.
 */
export function findConflict({
  agent,
  otherAgents,
  workloads,
}: Pick<Snapshot, 'agent' | 'otherAgents' | 'workloads'>): Problem | undefined {
  const earlier = otherAgents
    .filter((other) => isEarlier(other, agent))
    .sort((a, b) => (isEarlier(a, b) ? -1 : 1));
  for (const other of earlier) {
    const workload = workloads.find(({ templateLabels }) => selectsPod(other.selector, templateLabels));
    if (workload === undefined) continue;
    const [own, first] = [agent.name, other.name].map((name) => `${agentKind} ${agent.namespace}/${name}`);
    return {
      reason: 'AgentConflict',
      message: `${own}: ${first} is older and already selects ${workload.kind} ${workload.name}; narrow one of the two selectors`,
    };
  }
  return undefined;
}

/**
 * Workloads that a later agent has already and this one has not, by their keys: with a second label, their proxies would run two
 * filters. The later one holds because of the conflict, and the earlier one leaves them out until one of the two selectors is
 * narrowed. A label on pods alone counts too: a canary step and the method Live leave the template as it is.
 */
export function heldByOthers({
  agent,
  otherAgents,
  workloads,
}: Pick<Snapshot, 'agent' | 'otherAgents' | 'workloads'>): ReadonlyMap<string, Problem> {
  return new Map(
    workloads.flatMap((workload) => {
      const { kind, name, templateLabels } = workload;
      if (isIn(agent, workload)) return [];
      const holder = otherAgents.find(
        (other) => isIn(other, workload) && selectsPod(other.selector, templateLabels),
      );
      if (holder === undefined) return [];
      const message = `${kind} ${agent.namespace}/${name}: ${agentKind} ${agent.namespace}/${holder.name} selects it and has its filter in it; narrow one of the two selectors`;
      return [[workloadKey(kind, name), { reason: 'AgentConflict', message }] as const];
    }),
  );
}

/** Whether the workload, or a pod of it, carries the agent's label. */
function isIn(
  { name }: Pick<OtherAgent, 'name'>,
  { templateLabels, agentsOfPods }: Pick<Workload, 'templateLabels' | 'agentsOfPods'>,
): boolean {
  return podRevisionLabel(name) in templateLabels || agentsOfPods.includes(name);
}

type Aged = Pick<OtherAgent, 'name' | 'createdAt'>;

function isEarlier(a: Aged, b: Aged): boolean {
  if (a.createdAt === b.createdAt) return a.name < b.name;
  return a.createdAt < b.createdAt;
}
