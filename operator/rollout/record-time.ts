import type { Snapshot } from '../api/snapshot.ts';

/**
 * The time to write on what is decided now, RFC 3339: later than all that was written before. The order of these times
 * shows which revision is stable and which step came last, so it must not depend on the clocks of two leaders.
 */
export function recordTime({ now, revisions, workloads }: Snapshot): string {
  const recorded = [
    ...revisions.flatMap(({ stableSince, failure }) => [stableSince, failure?.at]),
    ...workloads.map(({ step }) => step?.since),
  ];
  const times = recorded.map((time) => Date.parse(time ?? '')).filter((time) => !Number.isNaN(time));
  return new Date(Math.max(now, ...times.map((time) => time + 1))).toISOString();
}
