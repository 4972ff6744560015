import type { Action } from '../../api/actions.ts';
import { resourceRevisionLabel, podRevisionLabel, stepAnnotation } from '../../api/names.ts';
import { durationSeconds } from '../../api/units.ts';
import type { Workload } from '../../api/workload.ts';
import type { JudgeContext, RolloutContext } from '../context.ts';
import { secondsToDeadline, secondsToRenewal } from '../deadline.ts';
import { movingState, revisionText } from '../direction.ts';
import { recordTime } from '../record-time.ts';
import { completedBefore } from '../stability.ts';
import { lacksKey, takesKey } from '../backend-key.ts';
import type { Renewal, Step, Taken, Verdict } from '../step.ts';
import { orderWorkloads, wasUnhealthy } from '../workload-order.ts';
import { findShortfall } from './shortfall.ts';
import { workloadName } from './workload-name.ts';

/**
 * A workload is restarted into the goal: its pod template gets the revision's label, and its own rolling update replaces the
 * pods.
 */
export function restartSteps(context: RolloutContext): Step[] {
  return orderWorkloads(context.snapshot.workloads).map((workload) => ({
    name: workloadName(workload, context),
    judge: () => judge(workload, context),
    take: () => take(workload, context),
    renew: () => renew(workload, context),
  }));
}

function judge(workload: Workload, context: JudgeContext): Verdict {
  const { direction, snapshot } = context;
  const { goal } = direction;
  if (workload.templateRevision !== goal?.id) return judgeBeforeStep(workload, context);
  if (goal === undefined && workload.step === undefined) return { state: 'Done' };
  if (lacksKey(workload, goal))
    return workload.isPaused ? pausedVerdict(workload, context) : { state: 'Todo' };
  if (completedBefore(workload, goal)) return { state: 'Done' };
  const shortfall = findShortfall(workload, context);
  if (shortfall === undefined) return { state: 'Done' };
  const { message } = shortfall;
  if (shortfall.isFinal) return { state: 'Failed', reason: 'FilterRejected', message };
  if (workload.isPaused) return pausedVerdict(workload, context);
  if (isFromFormerAttempt(workload, context)) return { state: 'Todo' };
  const secondsLeft = secondsToDeadline(workload, context);
  if (secondsLeft === undefined || secondsLeft > 0) {
    return { state: 'UnderWay', message, since: workload.step?.since, secondsLeft };
  }
  // Missing data must not fail a revision: an API server without a route to the proxies would roll everything back.
  if (shortfall.isUnknown) return { state: 'Inconclusive', message };
  return {
    state: 'Failed',
    reason: shortfall.isOfProxies ? 'FilterRejected' : 'DeadlineExceeded',
    message: `${message}, ${snapshot.agent.spec.rollout.progressDeadline} after its restart began`,
  };
}

function judgeBeforeStep(workload: Workload, context: JudgeContext): Verdict {
  const { agent } = context.snapshot;
  const goal = context.direction.goal?.id;
  const name = workloadName(workload, context);
  const label = podRevisionLabel(agent.name);
  const remedy = goal === undefined ? 'remove it' : `set it to ${goal}`;
  if (workload.foreignManager !== undefined) {
    return {
      state: 'Blocked',
      reason: 'LabelTakenOver',
      message: `${name}: the template's label ${label} is managed by "${workload.foreignManager}"; remove it there or ${remedy}`,
    };
  }
  // Label and annotation are written in one patch. If they differ, somebody reverted our step: taking it again and again would
  // restart the pods as often as the other manager syncs.
  if (workload.step !== undefined && workload.step.revision === goal) {
    return {
      state: 'Blocked',
      reason: 'LabelTakenOver',
      message: `${name}: another manager changed the template's label ${label}; ${remedy}, or remove the annotation ${stepAnnotation(agent.name)} to let the operator do it`,
    };
  }
  if (workload.isPaused) return pausedVerdict(workload, context);
  if (wasUnhealthy(workload))
    return { state: 'Skipped', message: 'not all pods are ready before the restart' };
  return { state: 'Todo' };
}

function pausedVerdict(workload: Workload, context: JudgeContext): Verdict {
  const message = `${workloadName(workload, context)}: paused by its owner; resume it to continue the rollout`;
  return { state: 'Blocked', reason: 'WorkloadPaused', message };
}

/** Its step began before the revision failed for an earlier spec: a new attempt gets its own time. */
function isFromFormerAttempt({ step }: Workload, { direction: { goal }, snapshot }: JudgeContext): boolean {
  return (
    goal?.failure !== undefined &&
    goal.failure.generation !== snapshot.agent.generation &&
    step?.revision === goal.id &&
    Date.parse(step.since) <= Date.parse(goal.failure.at)
  );
}

function take(workload: Workload, context: RolloutContext): Taken {
  const { snapshot, direction } = context;
  const waitsFor = missingResource(context);
  if (waitsFor !== undefined) return { waitsFor };
  const since = recordTime(snapshot);
  const message = `${workloadName(workload, context)}: updating to ${revisionText(direction)}`;
  const actions: Action[] = [
    setRevision(workload, context, { since, givesKey: takesKey(workload, direction.goal) }),
    { kind: 'Event', type: 'Normal', reason: movingState(direction), message },
  ];
  return { actions, since, message };
}

function setRevision(
  { kind, name, uid }: Workload,
  { direction: { goal } }: JudgeContext,
  { since, givesKey }: { readonly since: string; readonly givesKey: boolean },
): Action {
  return {
    kind: 'SetWorkloadRevision',
    workload: { kind, name, uid },
    step: { revision: goal?.id, since, ...(givesKey ? { hasKey: true } : {}) },
    publicKey: givesKey ? goal?.data.publicKey : undefined,
    hasRedactionKey: givesKey && goal?.data.redactionKeyDigest !== undefined,
  };
}

/** The first resource of a revision, or of its backend, that is wanted but not in the cluster yet. */
function missingResource({ snapshot, options, direction: { goal } }: RolloutContext): string | undefined {
  if (goal === undefined) return undefined;
  const present = new Set(snapshot.owned.map(({ kind, name }) => `${kind}/${name}`));
  const needed = options.desired.filter(({ metadata }) =>
    [undefined, goal.id].includes(metadata.labels[resourceRevisionLabel]),
  );
  if (!needed.some(({ metadata }) => metadata.labels[resourceRevisionLabel] === goal.id)) {
    return `the resources of revision ${goal.id}`;
  }
  const missing = needed.find(({ kind, metadata }) => !present.has(`${kind}/${metadata.name}`));
  return missing && `${missing.kind} ${missing.metadata.namespace}/${missing.metadata.name}`;
}

/**
 * A step's time must not run out while the workload's owner has it paused. So the step is written again with the present
 * time, so that whoever leads when it is resumed finds time left. A label that another manager owns is left alone.
 */
function renew(workload: Workload, context: JudgeContext): Renewal | undefined {
  if (!workload.isPaused || workload.foreignManager !== undefined) return undefined;
  const seconds = secondsToRenewal(workload, context);
  if (seconds === undefined) return undefined;
  if (seconds > 0) return { actions: [], nextLook: seconds };
  const { snapshot } = context;
  const since = recordTime(snapshot);
  return {
    actions: [setRevision(workload, context, { since, givesKey: workload.step?.hasKey ?? false })],
    nextLook: durationSeconds(snapshot.agent.spec.rollout.progressDeadline) / 2,
  };
}
