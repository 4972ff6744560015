import type { Invariant } from './invariant.ts';

/** No filter of a run is bad: what fails around it must not take a rollout back. */
export const noRevisionFails: Invariant = {
  name: 'no revision fails',
  violations: ({ revisions }) =>
    revisions.flatMap(({ name, failure }) =>
      failure === undefined ? [] : [`revision ${name} was marked as failed: ${failure}`],
    ),
};
