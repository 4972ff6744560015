import { backoffSeconds } from '../../api/backoff.ts';
import type { Workload } from '../../api/workload.ts';
import type { RolloutContext } from '../context.ts';
import { memoryOf } from '../memory.ts';

/** Seconds. */
const shortWait = 60;
const longWait = 3600;
const longestWait = 86_400;

/**
 * Seconds until a step that somebody undid may be taken again; 0: now. Each restarts all pods, so that a tool that reverts the
 * label, or replaces the whole object, gets two within a minute, and one an hour after that, and ever fewer: it heals by itself
 * when the cause is gone.
 */
export function secondsToNextAttempt(workload: Workload, context: RolloutContext): number {
  const { step } = workload;
  const memory = memoryOf(workload, context);
  const isUndone = step !== undefined && step.revision === context.direction.goal?.id;
  const attempts = attemptsOf(workload, context);
  const last = memory?.attemptedAt ?? step?.since;
  if (attempts === 0 || last === undefined) return 0;
  // The first step may not have been taken: an operator that is killed before it has remembered it already.
  if (attempts === 1 && !isUndone) return 0;
  const wait =
    attempts === 1 ? shortWait : backoffSeconds({ first: longWait, longest: longestWait }, attempts - 1);
  return Math.max(0, wait - Math.max(0, context.snapshot.now - Date.parse(last)) / 1000);
}

/** How often the operator set the label to the goal, since it last set it to something else. */
export function attemptsOf(workload: Workload, context: RolloutContext): number {
  const { step } = workload;
  const isUndone = step !== undefined && step.revision === context.direction.goal?.id;
  if (step !== undefined && !isUndone) return 0;
  return memoryOf(workload, context)?.attempts ?? (isUndone ? 1 : 0);
}
