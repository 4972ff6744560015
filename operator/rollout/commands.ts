import type { Revision } from '../api/revision.ts';
import type { Snapshot } from '../api/snapshot.ts';

/** What people asked of the rollout at hand. What they asked of another revision or step is not among it. */
export interface Commands {
  /** End the wait of this step: the rest of its bake, and its approval. */
  readonly promote: boolean;
  /** End all waits of this revision's rollout: no more canary steps, and no bake after a wave. */
  readonly promoteFull: boolean;
  /** Treat the revision as failed. */
  readonly abort: boolean;
  /** As spec.rollout.paused. */
  readonly pause: boolean;
}

/** @param at the revision that is rolled out, and the name of its step as in `status.rollout.step`. */
export function commandsFor(
  { identity: { requests } }: Pick<Snapshot, 'identity'>,
  { target, step }: { readonly target: Pick<Revision, 'id'>; readonly step: string | undefined },
): Commands {
  return {
    promote: step !== undefined && requests.promote === `${target.id}/${step}`,
    promoteFull: requests.promote === `${target.id}/full`,
    abort: requests.abort === target.id,
    pause: requests.pause === target.id,
  };
}
