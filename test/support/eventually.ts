import { setTimeout as sleep } from 'node:timers/promises';

/**
 * Waits until a condition returns something truthy without throwing, and returns that.
 * @param what is awaited, for the message.
 * @throws when the deadline passes, with the last state seen: what the condition threw or returned.
 */
export async function eventually<T>(
  what: string,
  condition: () => T | Promise<T>,
  deadlineMilliseconds = 15_000,
): Promise<NonNullable<T>> {
  const deadline = performance.now() + deadlineMilliseconds;
  for (;;) {
    let last: string;
    try {
      const result = await condition();
      if (result) return result;
      last = `it returned ${String(result)}`;
    } catch (error) {
      last = error instanceof Error ? error.message : String(error);
    }
    if (performance.now() > deadline) {
      throw new Error(`waited ${deadlineMilliseconds} ms in vain for ${what}: ${last}`);
    }
    await sleep(25);
  }
}
