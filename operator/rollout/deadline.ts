import type { Workload } from '../api/workload.ts';
import type { RolloutContext } from './context.ts';
import { deadlineOf, memoryOf } from './memory.ts';

/** Seconds until the workload's step has failed without progress; undefined if it has no step, or its clock is stopped. */
export function secondsToDeadline(workload: Workload, context: RolloutContext): number | undefined {
  const { snapshot, direction } = context;
  const memory = memoryOf(workload, context);
  if (memory === undefined || memory.pausedSince !== undefined) return undefined;
  const deadline = deadlineOf(context);
  // A leader whose clock was ahead may have written a time that is still to come.
  const passed = Math.max(0, snapshot.now - Date.parse(memory.progressAt)) / 1000;
  const left = deadline - passed;
  // In an outage of the API server no workload can make progress: a revision fails only after half of the deadline was observed.
  return direction.kind === 'Advance' ? Math.max(left, deadline / 2 - snapshot.secondsInSync) : left;
}
