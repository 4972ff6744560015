import type { SpAgentStatus } from '../api/status-schema.ts';

type WorkloadStatus = NonNullable<SpAgentStatus['workloads']>[number];

/** Workloads that a status lists. Each status is written, kept and watched as one object, whatever an agent selects. */
const shownMax = 20;

/** Those that the rollout leaves out first, then those that are being updated, and those without pods last; in their own order. */
export function shownWorkloads(
  workloads: readonly WorkloadStatus[],
): Pick<SpAgentStatus, 'workloads' | 'workloadCount'> {
  const first = workloads.toSorted((left, right) => urgencyOf(left) - urgencyOf(right)).slice(0, shownMax);
  const shown = new Set(first);
  return { workloads: workloads.filter((workload) => shown.has(workload)), workloadCount: workloads.length };
}

function urgencyOf({ skipped, desired, updated, ready, verified, loaded = 0 }: WorkloadStatus): number {
  if (desired === 0) return 3;
  if (skipped !== undefined) return 0;
  return Math.min(updated, ready, verified + loaded) < desired ? 1 : 2;
}
