import { podRevisionLabel, stepAnnotation, workloadKey } from '../api/names.ts';
import type { Reason } from '../api/reasons.ts';
import type { Pod } from '../api/pod.ts';
import type { Revision } from '../api/revision.ts';
import type { Workload } from '../api/workload.ts';
import type { Standard } from './direction.ts';
import { secondsToDeadline } from './deadline.ts';
import { completedBefore } from './stability.ts';

/** How far one workload is on its way to a revision. Later kinds of steps (canary, bake, gates) get the same verdicts. */
export type Verdict =
  | { readonly state: 'Done' }
  /** Not begun. */
  | { readonly state: 'Todo' }
  /** `secondsLeft`: to its deadline; undefined if none runs. */
  | { readonly state: 'UnderWay'; readonly message: string; readonly secondsLeft: number | undefined }
  | { readonly state: 'Failed'; readonly reason: Reason; readonly message: string }
  /** Data is missing, which neither passes nor fails. */
  | { readonly state: 'Inconclusive'; readonly message: string }
  /** Another hand is on the workload. */
  | { readonly state: 'Blocked'; readonly reason: Reason; readonly message: string };

export interface Judged {
  readonly workload: Workload;
  readonly verdict: Verdict;
}

export function judgeWorkload(workload: Workload, standard: Standard): Verdict {
  const goal = standard.course.goal?.id ?? null;
  if ((workload.templateRevision ?? null) !== goal) return judgeBeforeStep(workload, standard);
  if (goal === null && workload.step === undefined) return { state: 'Done' };
  if (completedBefore(workload, standard.course.goal)) return { state: 'Done' };
  const lacking = whatLacks(workload, standard);
  if (lacking === undefined) return { state: 'Done' };
  if (lacking.isFinal) return { state: 'Failed', reason: 'FilterRejected', message: lacking.message };
  if (workload.isPaused) return paused(workload, standard);
  if (isFromFormerAttempt(workload, standard)) return { state: 'Todo' };
  const secondsLeft = secondsToDeadline(workload, standard);
  if (secondsLeft === undefined || secondsLeft > 0) {
    return { state: 'UnderWay', message: lacking.message, secondsLeft };
  }
  // Missing data must not markRevisionFailed a revision: an API server without a way to the proxies would roll everything back.
  if (lacking.isUnknown) return { state: 'Inconclusive', message: lacking.message };
  return {
    state: 'Failed',
    reason: lacking.isCounted ? 'FilterRejected' : 'DeadlineExceeded',
    message: `${lacking.message}, ${standard.snapshot.agent.spec.rollout.progressDeadline} after its restart began`,
  };
}

function judgeBeforeStep(workload: Workload, standard: Standard): Verdict {
  const { agent } = standard.snapshot;
  const goal = standard.course.goal?.id ?? null;
  const label = podRevisionLabel(agent.name);
  const wanted = goal === null ? 'take it off' : `set it to ${goal}`;
  if (workload.foreignManager !== undefined) {
    return {
      state: 'Blocked',
      reason: 'LabelTakenOver',
      message: `${nameOf(workload, standard)}: the template's label ${label} is managed by "${workload.foreignManager}"; remove it there or ${wanted}`,
    };
  }
  // Label and annotation are written in one patch. If they differ, somebody undid our step: doing it again and again
  // would restart the pods as often as the other one syncs.
  if (workload.step !== undefined && workload.step.revision === goal) {
    return {
      state: 'Blocked',
      reason: 'LabelTakenOver',
      message: `${nameOf(workload, standard)}: another manager changed the template's label ${label}; ${wanted}, or remove the annotation ${stepAnnotation(agent.name)} to let the operator do it`,
    };
  }
  return workload.isPaused ? paused(workload, standard) : { state: 'Todo' };
}

function paused(workload: Workload, standard: Standard): Verdict {
  const message = `${nameOf(workload, standard)}: paused by its owner; resume it to go on`;
  return { state: 'Blocked', reason: 'WorkloadPaused', message };
}

/** Its step began before the revision failed for a former spec: a new attempt gets a time of its own. */
function isFromFormerAttempt({ step }: Workload, { course: { goal }, snapshot }: Standard): boolean {
  return (
    goal?.failure !== undefined &&
    goal.failure.generation !== snapshot.agent.generation &&
    step?.revision === goal.id &&
    Date.parse(step.since) <= Date.parse(goal.failure.at)
  );
}

interface Lack {
  readonly message: string;
  /** All pods are there and ready; it is their proxies that lack the filter. */
  readonly isCounted: boolean;
  readonly isUnknown: boolean;
  /** Waiting will not help. */
  readonly isFinal: boolean;
}

function whatLacks(workload: Workload, standard: Standard): Lack | undefined {
  const { snapshot } = standard;
  const { goal } = standard.course;
  const name = nameOf(workload, standard);
  const asksProxies = goal !== undefined && snapshot.verification === 'Required';
  const pods = asksProxies ? podsOf(snapshot.pods, workload, goal.id) : [];
  const rejecting = pods.find(rejects);
  if (rejecting !== undefined) {
    const message = `${name}: ${podProblem(rejecting)}`;
    return { message, isCounted: true, isUnknown: false, isFinal: true };
  }
  if (!isRolled(workload)) {
    const message = countProblem(name, workload, goal);
    return { message, isCounted: false, isUnknown: false, isFinal: false };
  }
  if (!asksProxies || pods.filter(isVerified).length >= workload.desired) return undefined;
  const doubtful = pods.find((pod) => pod.verification.state === 'NotVerified');
  const silent = pods.find((pod) => pod.verification.state === 'Unknown');
  const example = doubtful ?? silent;
  return {
    message: `${name}: ${example === undefined ? 'its pods are not seen yet' : podProblem(example)}`,
    isCounted: true,
    isUnknown: doubtful === undefined,
    isFinal: false,
  };
}

export function isRolled(workload: Workload): boolean {
  const { isObserved, desired, updated, ready, total } = workload;
  return isObserved && updated === desired && ready === desired && total === desired;
}

/**
 * A proxy's listeners wait for its filters before the pod is ready: what is not configured so long after that has failed.
 * Seconds; more than clocks of nodes differ.
 */
const configureSeconds = 10;

function rejects({ verification, readySince, askedAt }: Pod): boolean {
  if (verification.state !== 'NotVerified') return false;
  if (verification.cause === 'Refused') return true;
  // The answer's time, not the present: an old answer tells nothing of what the proxy did since.
  return (
    verification.cause === 'NotConfigured' &&
    readySince !== undefined &&
    askedAt !== undefined &&
    askedAt - readySince >= configureSeconds * 1000
  );
}

export function isVerified(pod: Pod): boolean {
  return pod.verification.state === 'Verified';
}

function podsOf(pods: readonly Pod[], workload: Workload, revision: string): Pod[] {
  const key = workloadKey(workload.kind, workload.name);
  return pods.filter((pod) => pod.workload === key && pod.revision === revision);
}

function podProblem({ name, verification }: Pod): string {
  return `pod ${name}: ${verification.state === 'Verified' ? 'verified' : verification.message}`;
}

function countProblem(name: string, workload: Workload, goal: Revision | undefined): string {
  const { desired, updated, ready } = workload;
  const to = goal === undefined ? 'are without a revision' : `have revision ${goal.id}`;
  return `${name}: ${Math.min(updated, desired)} of ${desired} pods ${to}, ${ready} are ready`;
}

/** `Deployment shop/checkout`. */
export function nameOf(workload: Workload, { snapshot }: Pick<Standard, 'snapshot'>): string {
  return `${workload.kind} ${snapshot.agent.namespace}/${workload.name}`;
}
