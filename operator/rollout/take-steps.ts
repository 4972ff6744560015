import type { RolloutPlan, RolloutProgress } from '../api/actions.ts';
import { resourceRevisionLabel } from '../api/names.ts';
import type { Resource } from '../api/resource.ts';
import type { Revision } from '../api/revision.ts';
import type { Snapshot } from '../api/snapshot.ts';
import type { Workload } from '../api/workload.ts';
import { durationSeconds } from '../api/units.ts';
import type { Course } from './direction.ts';
import { isVerified, judgeWorkload, nameOf, type Judged, type Verdict } from './judge.ts';
import { recordTime } from './record-time.ts';
import { renewPausedSteps } from './renewal.ts';
import { rolledBackMessage, type Cause } from './rollback.ts';
import { markStable } from './stability.ts';
import { wasUnhealthy, orderWorkloads } from './workload-order.ts';

/** What the rollout needs to know besides the snapshot. */
export interface RolloutOptions {
  /** All Istio resources that are wanted, of every retained revision. No label names a revision before they exist. */
  readonly desired: readonly Pick<Resource, 'kind' | 'metadata'>[];
  /** Why there is no revision of the present spec, though the module is there. */
  readonly obstacle?: Pick<RolloutProgress, 'reason' | 'message'> | undefined;
}

export interface Situation {
  readonly snapshot: Snapshot;
  readonly target: Revision;
  readonly options: RolloutOptions;
}

/** The target failed for the present spec: to be written down before anything moves back. */
export interface RevisionFailed {
  readonly cause: Cause;
}

/** Proxies send no events: while pods are not verified, they are asked again. Seconds. */
const pollSeconds = { underWay: 2, atRest: 15 } as const;

/**
 * Which verdict is acted on first. On the way back, where no more harm can come, no workload stays on the failed revision
 * because another one cannot get to the good one.
 */
const precedence: Readonly<Record<Course['kind'], readonly Verdict['state'][]>> = {
  Forward: ['Failed', 'Blocked', 'Inconclusive', 'UnderWay', 'Todo'],
  Keep: ['Failed', 'Blocked', 'Inconclusive', 'UnderWay', 'Todo'],
  Back: ['UnderWay', 'Todo', 'Failed', 'Inconclusive', 'Blocked'],
};

/** Judges the steps of a course, here one restart per workload, and acts on the most pressing one that is not done. */
export function followCourse(situation: Situation, course: Course): RolloutPlan | RevisionFailed {
  const { snapshot } = situation;
  const standard = { snapshot, course };
  const judged = orderWorkloads(snapshot.workloads).map((workload) => ({
    workload,
    verdict: judgeWorkload(workload, standard),
  }));
  const plan = planNext(situation, course, judged);
  if ('cause' in plan) return plan;
  const renewals = renewPausedSteps(judged, standard);
  return {
    ...plan,
    actions: [...renewals.actions, ...plan.actions],
    requeueSeconds: soonest([plan.requeueSeconds, renewals.requeueSeconds]),
  };
}

function planNext(
  situation: Situation,
  course: Course,
  judged: readonly Judged[],
): RolloutPlan | RevisionFailed {
  const open = judged.filter(({ verdict }) => verdict.state !== 'Done');
  const leftOut = open.filter(isSkipped);
  const [next] = precedence[course.kind].flatMap((state) =>
    open.filter((one) => one.verdict.state === state && !isSkipped(one)),
  );
  // A revision that runs nowhere has proven nothing.
  const hasArrived = course.kind === 'Back' || leftOut.length < judged.length;
  if (next === undefined && hasArrived) return arrive(situation, course, leftOut);
  if (situation.snapshot.agent.spec.rollout.paused) {
    const message = `spec.rollout.paused is set: ${open.length} of ${judged.length} workloads are not at ${revisionText(course)}`;
    return rest(situation, course, { state: 'Paused', reason: 'Paused', message });
  }
  if (next === undefined) {
    const message = `${namesOf(leftOut, situation)}: not all pods are ready before the restart; waits for them`;
    return move(situation, course, { message });
  }
  if (next.verdict.state === 'Failed' && course.kind === 'Forward') return { cause: next.verdict };
  const plan = act(situation, course, next);
  return { ...plan, requeueSeconds: soonest([plan.requeueSeconds, ...open.map(secondsLeft)]) };
}

/** It may never be whole, and a restart would be blamed on the revision: the others neither wait nor answer for it. */
function isSkipped({ workload, verdict }: Judged): boolean {
  return verdict.state === 'Todo' && wasUnhealthy(workload);
}

function namesOf(judged: readonly Judged[], { snapshot }: Situation): string {
  const [first, ...others] = judged.map(({ workload }) => nameOf(workload, { snapshot }));
  return others.length === 0 ? (first ?? '') : `${first} and ${others.length} others`;
}

function act(situation: Situation, course: Course, { workload, verdict }: Judged): RolloutPlan {
  switch (verdict.state) {
    case 'Failed':
    case 'Blocked':
      return hold(situation, course, verdict);
    case 'Inconclusive':
      return hold(situation, course, { reason: 'DeadlineExceeded', message: verdict.message });
    case 'UnderWay':
      return move(situation, course, { message: verdict.message, since: workload.step?.since });
    case 'Todo':
      return takeStep(situation, course, workload);
    case 'Done':
      return arrive(situation, course, []);
  }
}

function secondsLeft({ verdict }: Judged): number | undefined {
  return verdict.state === 'UnderWay' ? verdict.secondsLeft : undefined;
}

function soonest(seconds: readonly (number | undefined)[]): number | undefined {
  const known = seconds.filter((value) => value !== undefined);
  return known.length === 0 ? undefined : Math.max(1, Math.ceil(Math.min(...known)));
}

function takeStep(situation: Situation, course: Course, workload: Workload): RolloutPlan {
  const { snapshot } = situation;
  const name = nameOf(workload, { snapshot });
  const missing = missingResource(situation, course.goal);
  if (missing !== undefined) {
    return move(situation, course, { message: `${name}: waits for ${missing}` });
  }
  const since = recordTime(snapshot);
  const message = `${name}: goes to ${revisionText(course)}`;
  return {
    ...move(situation, course, { message, since }),
    requeueSeconds: durationSeconds(snapshot.agent.spec.rollout.progressDeadline),
    actions: [
      {
        kind: 'SetWorkloadRevision',
        workloadKind: workload.kind,
        workloadName: workload.name,
        step: { revision: course.goal?.id ?? null, since },
      },
      { kind: 'Event', type: 'Normal', reason: movingState(course), message },
    ],
  };
}

/** The first resource of a revision, or of its backend, that is wanted but not in the cluster yet. */
function missingResource({ snapshot, options }: Situation, goal: Revision | undefined): string | undefined {
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

function arrive(situation: Situation, course: Course, leftOut: readonly Judged[]): RolloutPlan {
  const { snapshot, target } = situation;
  const marks = markStable(snapshot, course);
  if (course.kind === 'Back') {
    const message = rolledBackMessage(snapshot, course);
    const plan = rest(situation, course, { state: 'RolledBack', reason: 'RolledBack', message });
    return { ...plan, actions: marks };
  }
  const but =
    leftOut.length === 0
      ? ''
      : `, but ${namesOf(leftOut, situation)}: not all pods were ready before the restart`;
  const message = `every workload runs revision ${target.id}${but}`;
  const plan = rest(situation, course, { state: 'Complete', reason: 'RolloutComplete', message });
  if (marks.length === 0) return plan;
  return {
    ...plan,
    actions: [...marks, { kind: 'Event', type: 'Normal', reason: 'RolloutComplete', message }],
  };
}

interface Motion {
  readonly message: string;
  readonly since?: string | undefined;
}

function move(situation: Situation, course: Course, { message, since }: Motion): RolloutPlan {
  const state = movingState(course);
  return {
    actions: [],
    progress: { state, reason: state, message, goal: course.goal?.id ?? null, since },
    requeueSeconds: hasUnverifiedPods(situation, course) ? pollSeconds.underWay : undefined,
  };
}

function hold(situation: Situation, course: Course, cause: Cause): RolloutPlan {
  const { reason, message } = cause;
  return rest(situation, course, { state: 'Held', reason, message });
}

function rest(
  situation: Situation,
  course: Course,
  progress: Pick<RolloutProgress, 'state' | 'reason' | 'message'>,
): RolloutPlan {
  return {
    actions: [],
    progress: { ...progress, goal: course.goal?.id ?? null, since: undefined },
    requeueSeconds: hasUnverifiedPods(situation, course) ? pollSeconds.atRest : undefined,
  };
}

function hasUnverifiedPods({ snapshot }: Situation, { goal }: Course): boolean {
  return (
    snapshot.verification === 'Required' &&
    goal !== undefined &&
    snapshot.pods.some((pod) => pod.revision === goal.id && !isVerified(pod))
  );
}

function movingState(course: Course): 'RollingBack' | 'Progressing' {
  return course.kind === 'Back' ? 'RollingBack' : 'Progressing';
}

function revisionText({ goal }: Course): string {
  return goal === undefined ? 'no revision' : `revision ${goal.id}`;
}
