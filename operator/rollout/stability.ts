import type { Action } from '../api/actions.ts';
import type { Revision } from '../api/revision.ts';
import type { Workload } from '../api/workload.ts';
import type { RolloutContext } from './context.ts';
import { recordTime } from './record-time.ts';

/** Its step was done before the revision was marked stable: what its pods lack now is not a matter of the rollout. */
export function completedBefore({ step }: Workload, goal: Revision | undefined): boolean {
  return (
    goal?.stableSince !== undefined &&
    step?.revision === goal.id &&
    Date.parse(step.since) <= Date.parse(goal.stableSince)
  );
}

/** When all workloads run the goal. A stable revision is marked again for workloads that were added since. */
export function markStable({ snapshot, direction: { kind, goal } }: RolloutContext): Action[] {
  if (goal === undefined) return [];
  const hasNewcomer = snapshot.workloads.some(
    (workload) => workload.step?.revision === goal.id && !completedBefore(workload, goal),
  );
  const isProven = kind === 'Maintain' || kind === 'RollBack';
  if (isProven && !hasNewcomer) return [];
  return [{ kind: 'MarkStable', revisionId: goal.id, since: recordTime(snapshot) }];
}
