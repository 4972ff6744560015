import type { RolloutPlan, RolloutProgress } from '../api/actions.ts';
import type { Problem } from '../api/problem.ts';
import type { Reason } from '../api/reasons.ts';
import type { RolloutMemory } from '../api/rollout-memory.ts';
import { isSameJson } from '../api/same-json.ts';
import type { RolloutContext } from './context.ts';
import { movingState, revisionText, type Direction } from './direction.ts';
import { deadlineOf, refreshMemory } from './memory.ts';
import { retryCommand, rolledBackMessage } from './rollback.ts';
import { lacksRevision } from './runs-revision.ts';
import { markStable } from './stability.ts';
import { isBlocked, isSkipped, type JudgedStep, type Step, type Verdict } from './step.ts';
import { stepsOf } from './steps/order.ts';

/** The target failed: to be recorded before any workload is rolled back. */
export interface RevisionFailed {
  readonly cause: Problem;
}

/** Proxies send no events: while pods are not verified, they are asked again. Seconds. */
const pollSeconds = { underWay: 2, atRest: 15 } as const;

/**
 * Which verdict is acted on first. Missing data holds the rollout back; a workload that fails at a revision that is proven, or that
 * cannot leave a failed one, holds up no other.
 */
const precedence: Readonly<Record<Direction['kind'], readonly Verdict['state'][]>> = {
  Advance: ['Failed', 'Inconclusive', 'UnderWay', 'Todo'],
  Maintain: ['Inconclusive', 'UnderWay', 'Todo', 'Failed'],
  RollBack: ['UnderWay', 'Todo', 'Failed', 'Inconclusive'],
  Hold: [],
};

/** Reasons for leaving a workload out that pass by themselves. */
const passing: ReadonlySet<Reason> = new Set(['AlreadyUnhealthy', 'NoReplicas']);

type Outcome = Omit<RolloutPlan, 'skipped'> & { readonly memory?: RolloutMemory };

/** Judges all steps, and acts on the most pressing one that is not done. */
export function takeSteps(before: RolloutContext): RolloutPlan | RevisionFailed {
  const { memory: former, id } = before.target;
  const context = { ...before, target: { ...before.target, memory: refreshMemory(before) } };
  const judged = stepsOf(context).map((step) => ({ step, verdict: step.judge() }));
  const arrived = judged
    .filter(({ verdict }) => verdict.state === 'Done')
    .reduce((memory, { step }) => step.arrive(memory), context.target.memory);
  const outcome = planNext(context, judged, arrived);
  if ('cause' in outcome) return outcome;
  const { memory = arrived, ...plan } = outcome;
  const left = judged.map(({ verdict }) => ('secondsLeft' in verdict ? verdict.secondsLeft : undefined));
  return {
    ...plan,
    // Before the step itself: one that is undone at once is still counted.
    actions: isSameJson(memory, former)
      ? plan.actions
      : [{ kind: 'Remember', revisionId: id, memory }, ...plan.actions],
    skipped: new Map(
      judged.flatMap((one) =>
        isSkipped(one) || isBlocked(one)
          ? [[one.step.workload, { reason: one.verdict.reason, message: one.verdict.message }]]
          : [],
      ),
    ),
    nextLook: soonest([plan.nextLook, ...left]),
  };
}

function planNext(
  context: RolloutContext,
  judged: readonly JudgedStep[],
  memory: RolloutMemory,
): Outcome | RevisionFailed {
  const { direction, snapshot } = context;
  const open = judged.filter(({ verdict }) => verdict.state !== 'Done');
  const [next] = precedence[direction.kind].flatMap((state) =>
    open.filter(({ verdict }) => verdict.state === state),
  );
  // A revision that runs nowhere has proven nothing.
  const isProven = open.length < judged.length;
  if (direction.kind === 'Hold')
    return open.length === 0 ? complete(context, open) : holdFailed(context, direction);
  if (next === undefined && (isProven || direction.kind === 'RollBack')) return complete(context, open);
  if (snapshot.agent.spec.rollout.paused) {
    const message = `spec.rollout.paused is set: ${open.length} of ${judged.length} workloads are not at ${revisionText(direction)}`;
    return rest(context, { state: 'Paused', reason: 'Paused', message });
  }
  if (next === undefined) return waitForOthers(context, open);
  if (next.verdict.state === 'Failed' && direction.kind === 'Advance') return { cause: next.verdict };
  return act(context, next, memory);
}

function holdFailed(context: RolloutContext, { failure }: Extract<Direction, { kind: 'Hold' }>): Outcome {
  const { reason, message } = failure;
  const remedy = `spec.rollout.autoRollback is off: change the spec, or run ${retryCommand(context.snapshot)}`;
  return hold(context, { reason, message: `${message}; ${remedy}` });
}

/** No workload can be restarted now. */
function waitForOthers(context: RolloutContext, open: readonly JudgedStep[]): Outcome {
  const [first] = [...open.filter(isBlocked), ...open.filter(isSkipped)];
  if (first === undefined) return complete(context, open);
  const { reason } = first.verdict;
  const message = leftOutText(open);
  return passing.has(reason)
    ? move(context, { message: `${message}; waits for them` })
    : hold(context, { reason, message });
}

function leftOutText(open: readonly JudgedStep[]): string {
  const [first, ...others] = [...open.filter(isBlocked), ...open.filter(isSkipped)];
  const message = first?.verdict.message ?? '';
  return others.length === 0 ? message : `${message}, and ${others.length} more`;
}

function act(context: RolloutContext, { step, verdict }: JudgedStep, memory: RolloutMemory): Outcome {
  switch (verdict.state) {
    case 'Failed':
    case 'Blocked':
    case 'Skipped':
      return hold(context, verdict);
    case 'Inconclusive':
      return hold(context, { reason: 'DeadlineExceeded', message: verdict.message });
    case 'UnderWay':
      return move(context, verdict);
    case 'Todo':
      return takeStep(context, step, memory);
    case 'Done':
      return complete(context, []);
  }
}

function soonest(seconds: readonly (number | undefined)[]): number | undefined {
  const known = seconds.filter((value) => value !== undefined);
  return known.length === 0 ? undefined : Math.max(1, Math.ceil(Math.min(...known)));
}

function takeStep(context: RolloutContext, step: Step, memory: RolloutMemory): Outcome {
  const taken = step.take(memory);
  if ('waitsFor' in taken) return move(context, { message: `${step.name}: waits for ${taken.waitsFor}` });
  return {
    ...move(context, taken),
    actions: taken.actions,
    memory: taken.memory,
    nextLook: deadlineOf(context),
  };
}

/** @param open steps that are not done: skipped or blocked. */
function complete(context: RolloutContext, open: readonly JudgedStep[]): Outcome {
  const { snapshot, direction } = context;
  const marks = markStable(context);
  const [blocked] = open.filter(isBlocked);
  if (direction.kind === 'RollBack') {
    if (blocked) return hold(context, blocked.verdict);
    const message = rolledBackMessage(snapshot, direction);
    return { ...rest(context, { state: 'RolledBack', reason: 'RolledBack', message }), actions: marks };
  }
  const but = open.length === 0 ? '' : `, but ${leftOutText(open)}`;
  const message = `every workload runs revision ${direction.goal.id}${but}`;
  const event = { kind: 'Event', type: 'Normal', reason: 'RolloutComplete', message } as const;
  const plan = blocked
    ? hold(context, blocked.verdict)
    : rest(context, { state: 'Complete', reason: 'RolloutComplete', message });
  return { ...plan, actions: marks.length === 0 ? [] : [...marks, event] };
}

function move(
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

function hold(context: RolloutContext, { reason, message }: Problem): Outcome {
  return rest(context, { state: 'Held', reason, message });
}

function rest(
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
