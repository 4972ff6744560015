import type { Parameters } from 'fast-check';

/** `MODEL_SEED=random MODEL_RUNS=20 npm test -- unit --grep model` searches on. */
const seed = process.env['MODEL_SEED'] ?? '20260102';
const factor = Number(process.env['MODEL_RUNS'] ?? 1);

/** The same worlds in every run, so that a failure is never a matter of luck. */
export function modelRuns<T>(numRuns: number): Parameters<T> {
  return {
    numRuns: Math.max(1, Math.round(numRuns * factor)),
    ...(seed === 'random' ? {} : { seed: Number(seed) }),
  };
}
