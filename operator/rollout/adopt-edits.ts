import type { Action } from '../api/actions.ts';
import type { RolloutContext } from './context.ts';

/**
 * Fields of ours that somebody edited, as `kubectl rollout undo` does: they must not hold up the next revision, nor a rollback. A
 * label only where it has a value which the operator itself wants, wanted or set: nobody disputes that.
 */
export function adoptEdits({
  snapshot,
  direction: { goal },
  target,
}: Pick<RolloutContext, 'snapshot' | 'direction' | 'target'>): Action[] {
  return snapshot.workloads.flatMap(({ kind, name, uid, editedFields, templateRevision, step }): Action[] => {
    const isOurs =
      templateRevision !== undefined && [goal?.id, target.id, step?.revision].includes(templateRevision);
    const fields = editedFields.filter((field) => field !== 'RevisionLabel' || isOurs);
    if (fields.length === 0) return [];
    const revision = fields.includes('RevisionLabel') ? templateRevision : undefined;
    return [{ kind: 'AdoptEdits', workload: { kind, name, uid }, fields, revision }];
  });
}
