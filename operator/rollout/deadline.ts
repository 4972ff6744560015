import type { Snapshot } from '../api/snapshot.ts';
import type { Workload, WorkloadStep } from '../api/workload.ts';
import { durationSeconds } from '../api/units.ts';
import type { Standard } from './direction.ts';

/** Seconds until the workload's step has failed; undefined if it has none of this course, or cannot be what failed. */
export function secondsToDeadline({ step }: Workload, { snapshot, course }: Standard): number | undefined {
  if (step === undefined || step.revision !== (course.goal?.id ?? null)) return undefined;
  // Only the step begun last can be the one that fails: the others were done before it began, and what they lack since
  // then has another cause. On the way back the next does not wait for the last: each has its own time.
  if (course.kind !== 'Back' && isOvertaken(step, snapshot)) return undefined;
  const whole = progressDeadline(snapshot);
  // A leader whose clock was ahead may have written a time that is still to come.
  const passed = Math.max(0, snapshot.now - Date.parse(step.since)) / 1000;
  const left = whole - passed;
  // In an outage of the API server no workload can go on. Elsewhere nothing is condemned that would need more time.
  return course.kind === 'Forward' ? Math.max(left, whole / 2 - snapshot.secondsInSync) : left;
}

/** Seconds until a paused step is to be renewed, so that at least half of its time is left whenever it is resumed. */
export function secondsToRenewal(workload: Workload, standard: Standard): number | undefined {
  const left = secondsToDeadline(workload, standard);
  return left === undefined ? undefined : left - progressDeadline(standard.snapshot) / 2;
}

function isOvertaken({ since }: WorkloadStep, { workloads }: Snapshot): boolean {
  return workloads.some(({ step }) => step !== undefined && Date.parse(step.since) > Date.parse(since));
}

function progressDeadline({ agent }: Snapshot): number {
  return durationSeconds(agent.spec.rollout.progressDeadline);
}
