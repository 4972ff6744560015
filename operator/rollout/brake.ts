import type { Turn } from '../api/turn.ts';
import { countOf } from '../api/units.ts';
import { isRolledOut } from '../workloads/read-workload.ts';

/** A workload of the cluster that carries a step of some agent. */
export type BrakedWorkload = Parameters<typeof isRolledOut>[0] & {
  /** Of its latest step, RFC 3339. */
  readonly since: string;
};

/** An agent whose status says that it waits for its turn. */
export interface WaitingAgent {
  /** `shop/checkout` */
  readonly key: string;
  /** Since when its rollout is in progress, RFC 3339. */
  readonly since: string;
}

export interface ClusterState {
  readonly workloads: Iterable<BrakedWorkload>;
  /** Steps that are being written at this moment, and not seen on their workloads yet. */
  readonly underWay: number;
  readonly waiting: Iterable<WaitingAgent>;
  /** Number of workloads, or share of those with a step such as 5%; undefined: the larger of 10 and 5%. */
  readonly limit: number | string | undefined;
  /** Milliseconds since the epoch. */
  readonly now: number;
}

/** What restarts in the cluster because of SpAgents. */
export interface ClusterMotion {
  readonly inMotion: number;
  /** How many workloads may. */
  readonly limit: number;
  /** Agents that wait for their turn. */
  readonly queued: number;
}

const countByDefault = 10;
const shareByDefault = '5%';
/** A workload that is not ready for so long is in trouble, not in motion: it must not hold up the rest of the cluster. Seconds. */
const motionSeconds = 1800;

/**
 * How many workloads the agent may restart now. Computed from what the cluster's objects show: an operator that takes over counts the
 * same. The agents that have waited longer each have one place before it.
 */
export function turnOf(agent: WaitingAgent, state: ClusterState): Turn {
  const { inMotion, limit } = restarting(state);
  let ahead = 0;
  for (const other of state.waiting) if (other.key !== agent.key && isEarlier(other, agent)) ahead += 1;
  return { free: Math.max(0, limit - inMotion - ahead), inMotion, limit, ahead };
}

export function motionOf(state: ClusterState): ClusterMotion {
  return { ...restarting(state), queued: [...state.waiting].length };
}

function restarting(state: ClusterState): Pick<ClusterMotion, 'inMotion' | 'limit'> {
  let all = 0;
  let inMotion = state.underWay;
  for (const workload of state.workloads) {
    all += 1;
    const age = state.now - Date.parse(workload.since);
    if (age < motionSeconds * 1000 && !isRolledOut(workload)) inMotion += 1;
  }
  const limit =
    state.limit === undefined
      ? Math.max(countByDefault, countOf(shareByDefault, all))
      : countOf(state.limit, all);
  return { inMotion, limit };
}

/** The condition's times are full seconds: within one the name decides. */
function isEarlier(a: WaitingAgent, b: WaitingAgent): boolean {
  const [first, second] = [Date.parse(a.since), Date.parse(b.since)];
  return first === second ? a.key < b.key : first < second;
}
