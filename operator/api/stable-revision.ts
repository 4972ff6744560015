import type { Revision } from './revision.ts';

/** The revision that was rolled out whole last: the one to go back to. */
export function stableRevision(revisions: readonly Revision[]): Revision | undefined {
  return revisions.reduce<Revision | undefined>(
    (best, revision) =>
      revision.stableSince !== undefined && revision.stableSince >= (best?.stableSince ?? '')
        ? revision
        : best,
    undefined,
  );
}
