import { setTimeout as sleep } from 'node:timers/promises';

export interface Repetition {
  readonly seconds: number;
  readonly pollMilliseconds: number;
  /** Ends the repetition early. */
  readonly signal?: AbortSignal;
}

/**
 * Repeats an attempt until it returns something truthy. It is made at least once, and once more after the deadline.
 * @returns what the attempt returned; undefined if the deadline passed or the signal aborted first.
 */
export async function repeatUntil<T>(
  attempt: () => T | Promise<T>,
  { seconds, pollMilliseconds, signal }: Repetition,
): Promise<NonNullable<T> | undefined> {
  const deadline = performance.now() + seconds * 1000;
  for (;;) {
    const isLast = performance.now() > deadline;
    const result = await attempt();
    if (result) return result;
    if (isLast || signal?.aborted) return undefined;
    // An aborted sleep ends the loop after the next attempt.
    await sleep(pollMilliseconds, undefined, { ...(signal ? { signal } : {}) }).catch(() => undefined);
  }
}
