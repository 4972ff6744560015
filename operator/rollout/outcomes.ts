import type { RolloutPlan, RolloutProgress } from '../api/actions.ts';
import type { Problem } from '../api/problem.ts';
import type { Snapshot } from '../api/snapshot.ts';
import type { RolloutMemory } from '../api/rollout-memory.ts';
import type { RolloutContext } from './context.ts';
import { movingState } from './direction.ts';
import { rolledBackMessage } from './rollback.ts';
import { lacksRevision } from './runs-revision.ts';
import { markStable } from './stability.ts';
import { isBlocked, isSkipped, type JudgedStep } from './step.ts';

/** A plan before what all plans share is added. */
export type Outcome = Omit<RolloutPlan, 'skipped' | 'progress'> & {
  readonly progress: Omit<RolloutProgress, 'step'>;
  /** Undefined: as recorded by the steps. */
  readonly memory?: RolloutMemory;
};

/** Proxies send no events: while pods are not verified, they are asked again. Seconds. */
const pollSeconds = { underWay: 2, atRest: 15 } as const;

/** @param open steps of workloads that are not done: skipped or blocked. */
export function complete(context: RolloutContext, open: readonly JudgedStep[]): Outcome {
  const { snapshot, direction } = context;
  const marks = markStable(context);
  const [blocked] = open.filter(isBlocked);
  if (direction.kind === 'RollBack') {
    if (blocked) return hold(context, blocked.verdict);
    const message = rolledBackMessage(snapshot, direction);
    return { ...rest(context, { state: 'RolledBack', reason: 'RolledBack', message }), actions: marks };
  }
  const but = open.length === 0 ? '' : `, but ${leftOutText(open)}`;
  const message = `every workload runs revision ${direction.goal.id}${but}${priceOf(snapshot)}`;
  const event = { kind: 'Event', type: 'Normal', reason: 'RolloutComplete', message } as const;
  const plan = blocked
    ? hold(context, blocked.verdict)
    : rest(context, { state: 'Complete', reason: 'RolloutComplete', message });
  return { ...plan, actions: marks.length === 0 ? [] : [...marks, event] };
}

/** Users of the method Live depend on the operator more than others. */
function priceOf({ agent }: Snapshot): string {
  const isLive = agent.spec.rollout.method === 'Live';
  return isLive ? '; method Live: a pod that starts while no operator runs has no filter until one does' : '';
}

export function leftOutText(open: readonly JudgedStep[]): string {
  const [first, ...others] = [...open.filter(isBlocked), ...open.filter(isSkipped)];
  const message = first?.verdict.message ?? '';
  return others.length === 0 ? message : `${message}, and ${others.length} more`;
}

export function move(
  context: RolloutContext,
  { message, since }: { readonly message: string; readonly since?: string | undefined },
): Outcome {
  const { direction } = context;
  const state = movingState(direction);
  return {
    actions: [],
    progress: { state, reason: state, message, goal: direction.goal?.id, since },
    nextLook: hasUnverifiedPods(context) ? pollSeconds.underWay : undefined,
  };
}

export function hold(context: RolloutContext, { reason, message }: Problem): Outcome {
  return rest(context, { state: 'Held', reason, message });
}

export function rest(
  context: RolloutContext,
  progress: Pick<RolloutProgress, 'state' | 'reason' | 'message'>,
): Outcome {
  return {
    actions: [],
    progress: { ...progress, goal: context.direction.goal?.id, since: undefined },
    nextLook: hasUnverifiedPods(context) ? pollSeconds.atRest : undefined,
  };
}

function hasUnverifiedPods({ snapshot, direction: { goal } }: RolloutContext): boolean {
  return (
    snapshot.verification === 'Required' &&
    goal !== undefined &&
    snapshot.pods.some((pod) => lacksRevision(pod, goal.id, snapshot))
  );
}
