import { backoffSeconds } from '../../api/backoff.ts';
import type { Workload } from '../../api/workload.ts';
import type { RolloutContext } from '../context.ts';
import { memoryOf, wasTaken } from '../memory.ts';

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
  // Nothing is left of the first one: the object may have been replaced once, as by helm.
  if (attempts === 1 && !isUndone) return 0;
  // It was due then, and an operator that was killed could not take it.
  if (memory !== undefined && !wasTaken(memory, workload)) return 0;
  const wait =
    attempts === 1 ? shortWait : backoffSeconds({ first: longWait, longest: longestWait }, attempts - 1);
  return Math.max(0, wait - Math.max(0, context.snapshot.now - Date.parse(last)) / 1000);
}

/** How often the operator set the label to the goal, since it last set it to something else. */
export function attemptsOf(workload: Workload, context: RolloutContext): number {
  const { step } = workload;
  const isUndone = step !== undefined && step.revision === context.direction.goal?.id;
  if (step !== undefined && !isUndone) return 0;
  const memory = memoryOf(workload, context);
  if (memory === undefined) return isUndone ? 1 : 0;
  return wasTaken(memory, workload) ? memory.attempts : memory.attempts - 1;
}
