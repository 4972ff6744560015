/**
 * Seconds until an agent is looked at again that was due while the caches were empty or out of date. Short at first, for a start;
 * longer in an outage, which may last hours and concern every agent.
 * @param seconds for which they have been out of date.
 */
export function outdatedWait(seconds: number): number {
  return Math.min(10, Math.max(0.25, seconds / 2));
}
