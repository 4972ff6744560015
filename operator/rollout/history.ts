import type { Revision } from '../api/revision.ts';
import { stableRevision } from '../api/stable-revision.ts';
import type { SpAgentStatus } from '../api/status-schema.ts';

export type HistoryEntry = NonNullable<SpAgentStatus['history']>[number];

/** The revisions as the status lists them, newest first. */
export function historyOf(revisions: readonly Revision[], targetId: string | undefined): HistoryEntry[] {
  const stableId = stableRevision(revisions)?.id;
  return revisions.toReversed().map((revision) => {
    const outcome = outcomeOf(revision, { stableId, targetId });
    return {
      revision: revision.id,
      revisionNumber: revision.number,
      digest: revision.data.digest,
      createdAt: revision.createdAt,
      outcome,
      ...(outcome === 'Failed' && revision.failure ? { message: revision.failure.message } : {}),
    };
  });
}

function outcomeOf(
  { id, stableSince, failure }: Revision,
  named: { readonly stableId: string | undefined; readonly targetId: string | undefined },
): HistoryEntry['outcome'] {
  if (id === named.stableId) return 'Stable';
  // A later attempt may have gone well.
  if (failure !== undefined && Date.parse(failure.at) > Date.parse(stableSince ?? '1970-01-01'))
    return 'Failed';
  return id === named.targetId ? 'Pending' : 'Superseded';
}
