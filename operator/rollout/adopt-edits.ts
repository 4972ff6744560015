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
  return snapshot.workloads.flatMap((workload): Action[] => {
    const { kind, name, uid, templateRevision, step, templateKeys } = workload;
    const isOurs =
      templateRevision !== undefined && [goal?.id, target.id, step?.revision].includes(templateRevision);
    const fields = workload.editedFields.filter(
      // Keys that belong to the owner's template are not ours to take back.
      (field) =>
        (field !== 'RevisionLabel' || isOurs) && (field !== 'ProxyKeys' || templateKeys === undefined),
    );
    if (fields.length === 0) return [];
    const revision = fields.includes('RevisionLabel') ? templateRevision : undefined;
    return [{ kind: 'AdoptEdits', workload: { kind, name, uid }, fields, revision }];
  });
}
