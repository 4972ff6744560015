import type { Action } from '../api/actions.ts';
import type { Revision } from '../api/revision.ts';
import type { Snapshot } from '../api/snapshot.ts';

/**
 * A revision that failed is tried again only where somebody asks for exactly that revision. The request is removed in the same run, so
 * that it cannot lift a later failure; one for another revision came too late.
 */
export function planRetry(
  { identity, now }: Pick<Snapshot, 'identity' | 'now'>,
  target: Revision | undefined,
): { readonly target: Revision | undefined; readonly actions: readonly Action[] } {
  if (identity.retry === undefined) return { target, actions: [] };
  const acknowledge: Action = { kind: 'AcknowledgeRetry' };
  if (target?.failure === undefined || identity.retry !== target.id)
    return { target, actions: [acknowledge] };
  // The revision may be tried again though it was aborted before.
  const memory = { workloads: {}, retriedAt: new Date(now).toISOString() };
  return {
    target: { ...target, failure: undefined, memory },
    actions: [{ kind: 'ClearFailure', revisionId: target.id, memory }, acknowledge],
  };
}
