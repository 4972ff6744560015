import type { Snapshot } from '../api/snapshot.ts';
import type { Workload } from '../api/workload.ts';
import { isRolledOut } from '../workloads/read-workload.ts';
import { completedBefore } from './stability.ts';

/**
 * The order in which workloads are restarted. First those that are restarting, the latest step first: another one would put two
 * in motion at once, and in a rollback the one in trouble is helped first. Then the others as listed.
 */
export function orderWorkloads(snapshot: Pick<Snapshot, 'workloads' | 'revisions'>): Workload[] {
  return [...snapshot.workloads].sort((a, b) => restartedAt(b, snapshot) - restartedAt(a, snapshot));
}

function restartedAt(workload: Workload, snapshot: Pick<Snapshot, 'revisions'>): number {
  return isRestarting(workload, snapshot) ? Date.parse(workload.step?.since ?? '') || 1 : 0;
}

/** One of our steps is in progress in it, which may be why its pods are not ready. */
function isRestarting(workload: Workload, { revisions }: Pick<Snapshot, 'revisions'>): boolean {
  if (isRolledOut(workload)) return false;
  const { step, templateRevision } = workload;
  if (step === undefined) return templateRevision !== undefined;
  const revision = revisions.find(({ id }) => id === step.revision);
  return !completedBefore(workload, revision);
}

/** Unhealthy for a reason of its own: the revision would be blamed for what a restart cannot cure. */
export function wasUnhealthy(workload: Workload, snapshot: Pick<Snapshot, 'revisions'>): boolean {
  return !isRolledOut(workload, workload.maxUnavailable) && !isRestarting(workload, snapshot);
}
