import type { Action } from '../api/actions.ts';
import type { Revision } from '../api/revision.ts';
import type { Snapshot } from '../api/snapshot.ts';
import type { Workload } from '../api/workload.ts';
import type { Course } from './direction.ts';
import { recordTime } from './record-time.ts';

/** Rolled before the revision was called stable: what its pods lack now is a matter of the day, not of the rollout. */
export function completedBefore({ step }: Workload, goal: Revision | undefined): boolean {
  return (
    goal?.stableSince !== undefined &&
    step?.revision === goal.id &&
    Date.parse(step.since) <= Date.parse(goal.stableSince)
  );
}

/** When all workloads run the goal. Called stable before, it is so anew for those that came to it since. */
export function markStable(snapshot: Snapshot, { kind, goal }: Course): Action[] {
  if (goal === undefined) return [];
  const hasNewcomer = snapshot.workloads.some(
    (workload) => workload.step?.revision === goal.id && !completedBefore(workload, goal),
  );
  if (kind !== 'Forward' && !hasNewcomer) return [];
  return [{ kind: 'MarkStable', revisionId: goal.id, since: recordTime(snapshot) }];
}
