import type { Snapshot } from '../api/snapshot.ts';
import { durationSeconds } from '../api/units.ts';
import type { Workload, WorkloadStep } from '../api/workload.ts';
import type { JudgeContext } from './context.ts';

/** Seconds until the workload's step has failed; undefined if it has no step to the goal, or a later step decides. */
export function secondsToDeadline(
  { step }: Workload,
  { snapshot, direction }: JudgeContext,
): number | undefined {
  if (step === undefined || step.revision !== direction.goal?.id) return undefined;
  // Only the latest step can be the one that fails: the others were done before it began, and what they lack since then has
  // another cause. During a rollback the next step does not wait for the one before: each has its own deadline.
  if (direction.kind !== 'RollBack' && isOvertaken(step, snapshot)) return undefined;
  const deadline = progressDeadline(snapshot);
  // A leader whose clock was ahead may have written a time that is still to come.
  const passed = Math.max(0, snapshot.now - Date.parse(step.since)) / 1000;
  const left = deadline - passed;
  // In an outage of the API server no workload can make progress: a revision fails only after half of the deadline was observed.
  return direction.kind === 'Advance' ? Math.max(left, deadline / 2 - snapshot.secondsInSync) : left;
}

/** Seconds until a paused step is to be renewed, so that at least half of its time is left whenever it is resumed. */
export function secondsToRenewal(workload: Workload, context: JudgeContext): number | undefined {
  const left = secondsToDeadline(workload, context);
  return left === undefined ? undefined : left - progressDeadline(context.snapshot) / 2;
}

function isOvertaken({ since }: WorkloadStep, { workloads }: Snapshot): boolean {
  return workloads.some(({ step }) => step !== undefined && Date.parse(step.since) > Date.parse(since));
}

function progressDeadline({ agent }: Snapshot): number {
  return durationSeconds(agent.spec.rollout.progressDeadline);
}
