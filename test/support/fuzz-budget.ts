import type { Parameters } from 'fast-check';

/** Seconds that all fuzzing of a run may take. `FUZZ_SECONDS=600 npm test -- filter --grep fuzz` searches longer. */
const seconds = Number(process.env['FUZZ_SECONDS'] ?? 30);

/** As many runs as a share of the time allows; the first failure ends them. */
export function fuzzFor<T>(share: number): Parameters<T> {
  return {
    numRuns: 1_000_000_000,
    interruptAfterTimeLimit: seconds * share * 1000,
    // A time limit is how a search ends.
    markInterruptAsFailure: false,
    endOnFailure: false,
  };
}
