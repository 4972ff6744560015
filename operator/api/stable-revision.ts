import type { Revision } from './revision.ts';

/** The latest revision whose rollout completed: a rollback goes to it. */
export function stableRevision(revisions: readonly Revision[]): Revision | undefined {
  return revisions.reduce<Revision | undefined>(
    (best, revision) =>
      revision.stableSince !== undefined && revision.stableSince >= (best?.stableSince ?? '')
        ? revision
        : best,
    undefined,
  );
}
