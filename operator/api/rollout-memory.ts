import { z } from 'zod';

const time = z.iso.datetime();

const workloadMemory = z.object({
  /** Revision that the workload was updated to; absent: none. */
  goal: z.string().optional(),
  /** How often the operator set the label to it, and when last. */
  attempts: z.int().min(0),
  attemptedAt: time,
  /** When the workload last made progress: what its deadline counts from. */
  progressAt: time,
  /** The most progress that it made; see `progressScore`. */
  score: z.int(),
  /** Pods that were not ready before the step. */
  unready: z.int().min(0),
  /** All pods ran the revision once. */
  hasArrived: z.boolean(),
  /** Since when its owner has it paused. */
  pausedSince: time.optional(),
});

const rolloutMemory = z.object({
  /** Since when spec.rollout.paused holds the rollout. */
  pausedSince: time.optional(),
  /** When a failed revision was retried: what was before does not count. */
  retriedAt: time.optional(),
  /** By the workload's uid. */
  workloads: z.record(z.string(), workloadMemory).default({}),
});

/** What a rollout has to remember beyond what its objects show. Kept on the target's revision object. */
export type RolloutMemory = Readonly<z.output<typeof rolloutMemory>>;
export type WorkloadMemory = Readonly<z.output<typeof workloadMemory>>;

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
