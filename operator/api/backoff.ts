/** How long to wait between attempts that fail. Seconds. */
export interface Backoff {
  readonly first: number;
  readonly longest: number;
}

/** Seconds until the next attempt. Each failure in a row doubles them. `failures`: 1 or more. */
export function backoffSeconds({ first, longest }: Backoff, failures: number): number {
  return Math.min(longest, first * 2 ** (failures - 1));
}
