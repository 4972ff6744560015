import type { RolloutMemory, WorkloadMemory } from '../api/rollout-memory.ts';
import { stableRevision } from '../api/stable-revision.ts';
import { durationSeconds } from '../api/units.ts';
import type { Workload } from '../api/workload.ts';
import { isPaused, type RolloutContext } from './context.ts';
import { podsOf, runsRevision } from './runs-revision.ts';

type Context = Omit<RolloutContext, 'options'>;

/** What is remembered of a workload on its way to the goal; undefined if its last step was to another revision. */
export function memoryOf({ uid }: Pick<Workload, 'uid'>, context: Context): WorkloadMemory | undefined {
  const { target, direction } = context;
  const memory = target.memory.workloads[uid];
  return memory?.goal === direction.goal?.id ? memory : undefined;
}

/**
 * The target's memory as of the snapshot. Whoever leads next continues with it: progress and arrivals are recorded, clocks of what
 * is paused stand still, and what is gone is forgotten.
 */
export function refreshMemory(before: Context): RolloutMemory {
  const context = forgetFormerRollout(before);
  const { snapshot, target } = context;
  const { pausedSince, canary, wave, retriedAt } = target.memory;
  const now = new Date(snapshot.now).toISOString();
  const paused = isPaused(context);
  const lost = paused || pausedSince === undefined ? 0 : elapsed(pausedSince, snapshot.now);
  const workloads = snapshot.workloads.flatMap((workload) => {
    const memory = refreshWorkload(workload, context, lost);
    return memory === undefined ? [] : [[workload.uid, memory] as const];
  });
  const hasOpen = workloads.some(([, { hasArrived }]) => !hasArrived);
  return {
    ...(paused && hasOpen ? { pausedSince: pausedSince ?? now } : {}),
    ...(retriedAt === undefined ? {} : { retriedAt }),
    ...(canary === undefined ? {} : { canary }),
    ...(wave === undefined ? {} : { wave }),
    workloads: Object.fromEntries(workloads),
  };
}

/** When another revision has become stable, what is remembered of updates before that is of a former rollout of the target. */
function forgetFormerRollout(context: Context): Context {
  const { snapshot, direction, target } = context;
  const { stableSince } = stableRevision(snapshot.revisions) ?? {};
  if (direction.kind !== 'Advance' || stableSince === undefined) return context;
  const isOfThis = ({ attemptedAt }: WorkloadMemory) => Date.parse(attemptedAt) >= Date.parse(stableSince);
  const workloads = Object.entries(target.memory.workloads).filter(([, memory]) => isOfThis(memory));
  const memory = { ...target.memory, workloads: Object.fromEntries(workloads) };
  return { ...context, target: { ...target, memory } };
}

/** @param lost milliseconds for which the rollout was paused. */
function refreshWorkload(workload: Workload, context: Context, lost: number): WorkloadMemory | undefined {
  const known = context.target.memory.workloads[workload.uid];
  const present = memoryOf(workload, context) ?? adopt(workload, context);
  // Of another goal: kept until the next step replaces it, as it counts the steps to it.
  if (present === undefined || present.hasArrived) return present ?? known;
  const { snapshot } = context;
  const { pausedSince, ...memory } = present;
  const waits = workload.isPaused || workload.ownUpdate?.state === 'Waiting';
  const pause = waits || pausedSince === undefined ? 0 : elapsed(pausedSince, snapshot.now);
  const progressAt = later(memory.progressAt, lost + pause);
  const paused = waits ? { pausedSince: pausedSince ?? new Date(snapshot.now).toISOString() } : {};
  const score = progressScore(workload, context);
  const isWorthIt = elapsed(progressAt, snapshot.now) >= recordShare * deadlineOf(context) * 1000;
  return score > memory.score && isWorthIt
    ? { ...memory, ...paused, score, progressAt: new Date(snapshot.now).toISOString() }
    : { ...memory, ...paused, progressAt };
}

/** Progress is written down at most that often, as a share of the deadline: a workload may have hundreds of pods. */
const recordShare = 0.1;

/** A step whose memory was lost. If a later one was taken, it had arrived: what it lacks since then has another cause. */
function adopt(workload: Workload, context: Context): WorkloadMemory | undefined {
  const { snapshot, direction, target } = context;
  const { step, templateRevision } = workload;
  const goal = direction.goal;
  if (step === undefined || step.revision !== goal?.id || templateRevision !== goal?.id) return undefined;
  if (goal?.stableSince !== undefined && Date.parse(step.since) <= Date.parse(goal.stableSince)) {
    return undefined;
  }
  const { retriedAt } = target.memory;
  const began = retriedAt !== undefined && retriedAt > step.since ? retriedAt : step.since;
  const isOvertaken = snapshot.workloads.some((other) => (other.step?.since ?? '') > step.since);
  return {
    ...firstMemory(goal?.id, began, 0),
    score: progressScore(workload, context),
    // During a rollback the next step does not wait for the one before.
    hasArrived: isOvertaken && direction.kind !== 'RollBack',
  };
}

/** @param unready pods of the workload that are not ready before its step. */
export function firstMemory(goal: string | undefined, at: string, unready: number): WorkloadMemory {
  return {
    ...(goal === undefined ? {} : { goal }),
    attempts: 1,
    attemptedAt: at,
    progressAt: at,
    score: 0,
    unready,
    hasArrived: false,
  };
}

export function withWorkload(memory: RolloutMemory, uid: string, workload: WorkloadMemory): RolloutMemory {
  return { ...memory, workloads: { ...memory.workloads, [uid]: workload } };
}

/**
 * Whether the last step that is remembered was taken. It is remembered first, and an operator may be killed before it sets the label,
 * which would have changed the workload's spec.
 */
export function wasTaken(memory: Pick<WorkloadMemory, 'generation'>, workload: Workload): boolean {
  return memory.generation !== workload.generation;
}

export function markArrived(memory: RolloutMemory, uid: string): RolloutMemory {
  const known = memory.workloads[uid];
  return known === undefined || known.hasArrived
    ? memory
    : withWorkload(memory, uid, { ...known, hasArrived: true });
}

/** Grows with each pod that is replaced, and with each that runs the goal; a pod that fails again and again adds nothing. */
function progressScore(workload: Workload, { snapshot, direction }: Context): number {
  const { updated, ready, total, desired } = workload;
  const { goal } = direction;
  const running =
    goal === undefined || snapshot.verification === 'Off'
      ? Math.max(0, Math.min(updated, ready - (total - updated)))
      : podsOf(workload, snapshot.pods).filter((pod) => runsRevision(pod, goal.id, snapshot.verification))
          .length;
  return Math.min(updated, desired) + running;
}

export function deadlineOf({ snapshot }: Pick<Context, 'snapshot'>): number {
  return durationSeconds(snapshot.agent.spec.rollout.progressDeadline);
}

/** A leader whose clock was ahead may have written a time that is still to come. */
function elapsed(since: string, now: number): number {
  return Math.max(0, now - Date.parse(since));
}

function later(time: string, milliseconds: number): string {
  return milliseconds === 0 ? time : new Date(Date.parse(time) + milliseconds).toISOString();
}
