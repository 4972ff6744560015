import { z } from 'zod';

const time = z.iso.datetime();

const workloadMemory = z.object({
  /** Revision that the workload was updated to; absent: none. */
  goal: z.string().optional(),
  /** How often the operator set the label to it, and when last. */
  attempts: z.int().min(0),
  attemptedAt: time,
  /**
   * Generation of the workload before the last of them, which is written down before the label is set. As long as the workload has
   * it, the label was not set.
   */
  generation: z.int().min(0).optional(),
  /** When the workload last made progress: what its deadline counts from. */
  progressAt: time,
  /** The most progress that it made; see `progressScore`. */
  score: z.int(),
  /** Pods that were not ready before the step. */
  unready: z.int().min(0),
  /** All pods ran the revision once. */
  hasArrived: z.boolean(),
  /** Its running pods were switched to the revision; its template was left alone. */
  isLive: z.literal(true).optional(),
  /** Since when its owner has it paused. */
  pausedSince: time.optional(),
});

/** The time for which a step is observed, once its pods run the revision. */
const bake = z.object({
  /** When they first did. */
  since: time,
  /** What the bake counts from: moved on by each interruption. Absent: it has not begun to count. */
  countsFrom: time.optional(),
  /** `measuredSince` of the gates that passed since then; absent: there were none. */
  measuredSince: time.optional(),
  /** Since when it is interrupted: a pod no longer runs the revision, or a gate lacks data. */
  interruptedAt: time.optional(),
});

const canaryMemory = z.object({
  /** Steps of spec.rollout.canary that have passed. */
  passed: z.int().min(0),
  /** When the present one began; absent: it has not. */
  since: time.optional(),
  /** Since when its pods do not all run the revision; absent while they do, and while the rollout is paused. */
  unverifiedSince: time.optional(),
  bake: bake.optional(),
});

const waveMemory = z.object({
  /** 1 for the first one. */
  number: z.int().min(1),
  since: time,
  bake: bake.optional(),
  isOver: z.boolean(),
});

const rolloutMemory = z.object({
  /** Since when spec.rollout.paused holds the rollout. */
  pausedSince: time.optional(),
  /** When a failed revision was retried: what was before does not count. */
  retriedAt: time.optional(),
  canary: canaryMemory.optional(),
  /** The latest wave of workloads. */
  wave: waveMemory.optional(),
  /** By the workload's uid. */
  workloads: z.record(z.string(), workloadMemory).default({}),
});

/** What a rollout has to remember beyond what its objects show. Kept on the target's revision object. */
export type RolloutMemory = Readonly<z.output<typeof rolloutMemory>>;
export type WorkloadMemory = Readonly<z.output<typeof workloadMemory>>;

export type CanaryMemory = Readonly<z.output<typeof canaryMemory>>;
export type BakeMemory = Readonly<z.output<typeof bake>>;

export const noMemory: RolloutMemory = { workloads: {} };

/** The one place that reads it. A memory that somebody edited so that it cannot be read counts as none. */
export function parseRolloutMemory(text: string | undefined): RolloutMemory {
  if (text === undefined) return noMemory;
  try {
    return rolloutMemory.parse(JSON.parse(text));
  } catch {
    return noMemory;
  }
}

export function formatRolloutMemory(memory: RolloutMemory): string {
  return JSON.stringify(memory);
}
