import type { RolloutPlan, RolloutProgress } from '../api/actions.ts';
import type { Problem } from '../api/problem.ts';
import { durationSeconds } from '../api/units.ts';
import type { RolloutContext } from './context.ts';
import { movingState, revisionText, type Direction } from './direction.ts';
import { rolledBackMessage } from './rollback.ts';
import { lacksRevision } from './runs-revision.ts';
import { markStable } from './stability.ts';
import type { JudgedStep, Renewal, Step, Verdict } from './step.ts';
import { stepsOf } from './steps/order.ts';

/** The target failed for the present spec: to be recorded before any workload is rolled back. */
export interface RevisionFailed {
  readonly cause: Problem;
}

/** Proxies send no events: while pods are not verified, they are asked again. Seconds. */
const pollSeconds = { underWay: 2, atRest: 15 } as const;

/**
 * Which verdict is acted on first. During a rollback, where no more harm can come, no workload stays on the failed revision
 * because another one cannot leave it.
 */
const precedence: Readonly<Record<Direction['kind'], readonly Verdict['state'][]>> = {
  Advance: ['Failed', 'Blocked', 'Inconclusive', 'UnderWay', 'Todo'],
  Maintain: ['Failed', 'Blocked', 'Inconclusive', 'UnderWay', 'Todo'],
  RollBack: ['UnderWay', 'Todo', 'Failed', 'Inconclusive', 'Blocked'],
};

/** Judges all steps, and acts on the most pressing one that is not done. */
export function takeSteps(context: RolloutContext): RolloutPlan | RevisionFailed {
  const judged = stepsOf(context).map((step) => ({ step, verdict: step.judge() }));
  const plan = planNext(context, judged);
  if ('cause' in plan) return plan;
  const renewals = judged.map(renewalOf).filter((renewal) => renewal !== undefined);
  return {
    ...plan,
    actions: [...renewals.flatMap(({ actions }) => actions), ...plan.actions],
    nextLook: soonest([plan.nextLook, ...renewals.map(({ nextLook }) => nextLook)]),
  };
}

function renewalOf({ step, verdict }: JudgedStep): Renewal | undefined {
  return verdict.state === 'Blocked' ? step.renew() : undefined;
}

function planNext(context: RolloutContext, judged: readonly JudgedStep[]): RolloutPlan | RevisionFailed {
  const { direction, snapshot } = context;
  const open = judged.filter(({ verdict }) => verdict.state !== 'Done');
  const skipped = open.filter(({ verdict }) => verdict.state === 'Skipped');
  const [next] = precedence[direction.kind].flatMap((state) =>
    open.filter(({ verdict }) => verdict.state === state),
  );
  // A revision that runs nowhere has proven nothing.
  const isProven = direction.kind === 'RollBack' || skipped.length < judged.length;
  if (next === undefined && isProven) return complete(context, skipped);
  if (snapshot.agent.spec.rollout.paused) {
    const message = `spec.rollout.paused is set: ${open.length} of ${judged.length} workloads are not at ${revisionText(direction)}`;
    return rest(context, { state: 'Paused', reason: 'Paused', message });
  }
  if (next === undefined) return move(context, { message: `${skippedText(skipped)}; waits for them` });
  if (next.verdict.state === 'Failed' && direction.kind === 'Advance') return { cause: next.verdict };
  const plan = act(context, next);
  return { ...plan, nextLook: soonest([plan.nextLook, ...open.map(secondsLeft)]) };
}

function skippedText(skipped: readonly JudgedStep[]): string {
  const [first, ...others] = skipped;
  const message = first?.verdict.state === 'Skipped' ? first.verdict.message : '';
  const name = first?.step.name ?? '';
  return `${others.length === 0 ? name : `${name} and ${others.length} others`}: ${message}`;
}

function act(context: RolloutContext, { step, verdict }: JudgedStep): RolloutPlan {
  switch (verdict.state) {
    case 'Failed':
    case 'Blocked':
      return hold(context, verdict);
    case 'Inconclusive':
      return hold(context, { reason: 'DeadlineExceeded', message: verdict.message });
    case 'UnderWay':
      return move(context, verdict);
    case 'Todo':
      return takeStep(context, step);
    case 'Done':
    case 'Skipped':
      return complete(context, []);
  }
}

function secondsLeft({ verdict }: JudgedStep): number | undefined {
  return verdict.state === 'UnderWay' ? verdict.secondsLeft : undefined;
}

function soonest(seconds: readonly (number | undefined)[]): number | undefined {
  const known = seconds.filter((value) => value !== undefined);
  return known.length === 0 ? undefined : Math.max(1, Math.ceil(Math.min(...known)));
}

function takeStep(context: RolloutContext, step: Step): RolloutPlan {
  const taken = step.take();
  if ('waitsFor' in taken) return move(context, { message: `${step.name}: waits for ${taken.waitsFor}` });
  return {
    ...move(context, taken),
    actions: taken.actions,
    nextLook: durationSeconds(context.snapshot.agent.spec.rollout.progressDeadline),
  };
}

function complete(context: RolloutContext, skipped: readonly JudgedStep[]): RolloutPlan {
  const { snapshot, target, direction } = context;
  const marks = markStable(context);
  if (direction.kind === 'RollBack') {
    const message = rolledBackMessage(snapshot, direction);
    return { ...rest(context, { state: 'RolledBack', reason: 'RolledBack', message }), actions: marks };
  }
  const but = skipped.length === 0 ? '' : `, but ${skippedText(skipped)}`;
  const message = `every workload runs revision ${target.id}${but}`;
  const plan = rest(context, { state: 'Complete', reason: 'RolloutComplete', message });
  if (marks.length === 0) return plan;
  return {
    ...plan,
    actions: [...marks, { kind: 'Event', type: 'Normal', reason: 'RolloutComplete', message }],
  };
}

function move(
  context: RolloutContext,
  { message, since }: { readonly message: string; readonly since?: string | undefined },
): RolloutPlan {
  const { direction } = context;
  const state = movingState(direction);
  return {
    actions: [],
    progress: { state, reason: state, message, goal: direction.goal?.id, since },
    nextLook: hasUnverifiedPods(context) ? pollSeconds.underWay : undefined,
  };
}

function hold(context: RolloutContext, { reason, message }: Problem): RolloutPlan {
  return rest(context, { state: 'Held', reason, message });
}

function rest(
  context: RolloutContext,
  progress: Pick<RolloutProgress, 'state' | 'reason' | 'message'>,
): RolloutPlan {
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
