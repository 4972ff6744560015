import type { Action } from '../api/actions.ts';
import type { Revision } from '../api/revision.ts';
import type { Workload, WorkloadStep } from '../api/workload.ts';
import type { RolloutContext } from './context.ts';
import { recordTime } from './record-time.ts';

/** Its step was done before the revision was marked stable: what its pods lack now is not a matter of the rollout. */
export function completedBefore(workload: Workload, goal: Revision | undefined): boolean {
  const step = lastStep(workload, goal);
  return (
    goal?.stableSince !== undefined &&
    step?.revision === goal.id &&
    Date.parse(step.since) <= Date.parse(goal.stableSince)
  );
}

/** The last update of the workload: with a restart, its object says so; without one, the revision's memory does. */
function lastStep(
  { uid, step }: Workload,
  revision: Revision | undefined,
): Pick<WorkloadStep, 'revision' | 'since'> | undefined {
  const memory = revision?.memory.workloads[uid];
  return memory?.isLive ? { revision: memory.goal, since: memory.attemptedAt } : step;
}

/** When all workloads run the goal. A stable revision is marked again for workloads that were added since. */
export function markStable({ snapshot, direction: { kind, goal } }: RolloutContext): Action[] {
  if (goal === undefined) return [];
  const hasNewcomer = snapshot.workloads.some(
    (workload) => lastStep(workload, goal)?.revision === goal.id && !completedBefore(workload, goal),
  );
  const isProven = kind === 'Maintain' || kind === 'RollBack';
  if (isProven && !hasNewcomer) return [];
  return [{ kind: 'MarkStable', revisionId: goal.id, since: recordTime(snapshot) }];
}
