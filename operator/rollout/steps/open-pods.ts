import { verificationText, type Pod } from '../../api/pod.ts';
import type { CanaryMemory } from '../../api/rollout-memory.ts';
import { isPaused, type RolloutContext } from '../context.ts';
import { deadlineOf } from '../memory.ts';
import type { Verdict } from '../step.ts';

/**
 * Of pods that do not run their revision, one that shows why: rather one that certainly does not than one that is not known to. One
 * that has run no container yet says nothing.
 */
export function exampleOf(open: readonly Pod[]): { readonly isDoubtful: boolean; readonly text: string } {
  const doubtful = open.find(
    (pod) => (!pod.isReady && pod.hasStarted) || pod.verification.state === 'NotVerified',
  );
  const example = doubtful ?? open[0];
  return {
    isDoubtful: doubtful !== undefined,
    text: example === undefined ? 'its pods are not seen yet' : podProblem(example),
  };
}

export function podProblem(pod: Pod): string {
  return pod.isReady ? verificationText(pod) : `pod ${pod.name} is not ready`;
}

/** The verdict on switched pods of which some do not run the revision. */
export function judgeOpenPods(
  context: RolloutContext,
  { open, message, memory }: OpenPods,
): Extract<Verdict, { state: 'UnderWay' | 'Inconclusive' | 'Failed' }> {
  const { isDoubtful, text } = exampleOf(open);
  const full = `${message}; ${text}`;
  const secondsLeft = secondsToDeadline(context, memory);
  if (secondsLeft === undefined || secondsLeft > 0) {
    return { state: 'UnderWay', message: full, since: memory?.since, secondsLeft };
  }
  // Missing data must not fail a revision.
  if (!isDoubtful) return { state: 'Inconclusive', message: full };
  const { progressDeadline } = context.snapshot.agent.spec.rollout;
  return { state: 'Failed', reason: 'DeadlineExceeded', message: `${full}, for ${progressDeadline}` };
}

interface OpenPods {
  readonly open: readonly Pod[];
  readonly message: string;
  readonly memory: CanaryMemory | undefined;
}

function secondsToDeadline(context: RolloutContext, memory: CanaryMemory | undefined): number | undefined {
  const { now, secondsInSync } = context.snapshot;
  if (memory?.unverifiedSince === undefined || isPaused(context)) return undefined;
  const deadline = deadlineOf(context);
  const passed = Math.max(0, now - Date.parse(memory.unverifiedSince)) / 1000;
  // In an outage of the API server no pod can be seen to run it.
  return Math.max(deadline - passed, deadline / 2 - secondsInSync);
}
