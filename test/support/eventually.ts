import { repeatUntil } from '../../operator/cli/repeat-until.ts';

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
  let last = '';
  const attempt = async () => {
    try {
      const value = await condition();
      last = `it returned ${String(value)}`;
      return value ? { value } : undefined;
    } catch (error) {
      last = error instanceof Error ? error.message : String(error);
      return undefined;
    }
  };
  const found = await repeatUntil(attempt, { seconds: deadlineMilliseconds / 1000, pollMilliseconds: 25 });
  if (!found) throw new Error(`timed out after ${deadlineMilliseconds} ms waiting for ${what}: ${last}`);
  return found.value;
}
