import type { Action } from '../api/actions.ts';
import type { Revision } from '../api/revision.ts';

/** Revisions as the marks of this run leave them. The status is written after these, and must not be one run behind. */
export function markedRevisions(revisions: readonly Revision[], actions: readonly Action[]): Revision[] {
  return revisions.map((revision) => actions.reduce(mark, revision));
}

function mark(revision: Revision, action: Action): Revision {
  if (!('revisionId' in action) || action.revisionId !== revision.id) return revision;
  if (action.kind === 'MarkStable') return { ...revision, stableSince: action.since };
  return action.kind === 'MarkFailed' ? { ...revision, failure: action.failure } : revision;
}
