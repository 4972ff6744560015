import type { BakeMemory } from '../api/rollout-memory.ts';

/** A step's bake: the time for which it is observed, once its pods run the revision. */
export interface Bake {
  /** What is to be remembered of it; undefined: its pods have never all run the revision. */
  readonly memory: BakeMemory | undefined;
  /** Until it is over, if it is not interrupted; undefined: it does not count now. */
  readonly secondsLeft: number | undefined;
  readonly isOver: boolean;
}

/**
 * A bake as of now. It counts only while its pods run the revision and all gates pass: an interruption does not start it again, but
 * is added to it. Where an operator takes over that did not measure the gates itself, it counts from the beginning: nobody knows
 * what they would have shown in between.
 * @param seconds its length.
 */
export function judgeBake(
  former: BakeMemory | undefined,
  { seconds, isRunning, passes, measuredSince, now }: BakeConditions,
): Bake {
  if (former === undefined && !isRunning) return { memory: undefined, secondsLeft: undefined, isOver: false };
  const time = new Date(now).toISOString();
  const memory = former ?? { since: time };
  const { countsFrom, interruptedAt } = memory;
  if (!isRunning || !passes) {
    const isCounting = countsFrom !== undefined && interruptedAt === undefined;
    return {
      memory: isCounting ? { ...memory, interruptedAt: time } : memory,
      secondsLeft: undefined,
      isOver: false,
    };
  }
  const isMeasuredAnew = measuredSince !== undefined && measuredSince !== memory.measuredSince;
  const start = isMeasuredAnew ? now : startOf(memory, now);
  const { since } = memory;
  // A leader whose clock was ahead may have written a time that is still to come.
  const secondsLeft = seconds - Math.max(0, now - start) / 1000;
  return {
    memory: {
      since,
      countsFrom: new Date(start).toISOString(),
      ...(measuredSince === undefined ? {} : { measuredSince }),
    },
    secondsLeft: Math.max(0, secondsLeft),
    isOver: secondsLeft <= 0,
  };
}

interface BakeConditions {
  readonly seconds: number;
  /** All pods of the step run the revision now. */
  readonly isRunning: boolean;
  /** All gates pass now. */
  readonly passes: boolean;
  /** Since when the gates are measured without a gap; undefined without gates. */
  readonly measuredSince?: string | undefined;
  /** Milliseconds since the epoch. */
  readonly now: number;
}

function startOf({ countsFrom, interruptedAt }: BakeMemory, now: number): number {
  if (countsFrom === undefined) return now;
  const lost = interruptedAt === undefined ? 0 : Math.max(0, now - Date.parse(interruptedAt));
  return Date.parse(countsFrom) + lost;
}

/** When it is over, RFC 3339; undefined while it does not count. */
export function bakedAt({ memory }: Bake, seconds: number): string | undefined {
  if (memory?.countsFrom === undefined || memory.interruptedAt !== undefined) return undefined;
  return new Date(Date.parse(memory.countsFrom) + seconds * 1000).toISOString();
}
