import type { Workload } from '../api/workload.ts';
import { isRolled } from './judge.ts';

/**
 * The order in which workloads take a step. First those in motion, the latest step first: moving another one would
 * put two in motion at once, and on the way back the one in trouble is helped first. Then the healthy ones as listed.
 * Last those that were unhealthy before the operator touched them, so that they do not hold up the rest.
 */
export function orderWorkloads(workloads: readonly Workload[]): Workload[] {
  return [...workloads].sort((a, b) => rank(a) - rank(b) || sinceOf(b) - sinceOf(a));
}

function rank(workload: Workload): number {
  if (isRolled(workload)) return 1;
  return isUntouched(workload) ? 2 : 0;
}

function sinceOf(workload: Workload): number {
  return isRolled(workload) ? 0 : Date.parse(workload.step?.since ?? '') || 0;
}

/** Unhealthy before its first step: a restart would be blamed on the revision. */
export function wasUnhealthy(workload: Workload): boolean {
  return isUntouched(workload) && !isRolled(workload);
}

function isUntouched(workload: Workload): boolean {
  return workload.step === undefined && workload.templateRevision === undefined;
}
