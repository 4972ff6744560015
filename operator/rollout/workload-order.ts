import type { Workload } from '../api/workload.ts';
import { isRolledOut } from '../workloads/read-workload.ts';

/**
 * The order in which workloads are restarted. First those that are restarting, the latest step first: another one would put two
 * in motion at once, and in a rollback the one in trouble is helped first. Then the healthy ones as listed. Last those that were
 * unhealthy before the operator patched them, so that they do not hold up the others.
 */
export function orderWorkloads(workloads: readonly Workload[]): Workload[] {
  return [...workloads].sort((a, b) => rank(a) - rank(b) || sinceOf(b) - sinceOf(a));
}

function rank(workload: Workload): number {
  if (isRolledOut(workload)) return 1;
  return isUntouched(workload) ? 2 : 0;
}

function sinceOf(workload: Workload): number {
  return isRolledOut(workload) ? 0 : Date.parse(workload.step?.since ?? '') || 0;
}

/** Unhealthy before its first step: the revision would be blamed for what a restart cannot cure. */
export function wasUnhealthy(workload: Workload): boolean {
  return isUntouched(workload) && !isRolledOut(workload);
}

function isUntouched(workload: Workload): boolean {
  return workload.step === undefined && workload.templateRevision === undefined;
}
