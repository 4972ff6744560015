import type { Action } from '../api/actions.ts';
import type { RolloutContext } from './context.ts';

/**
 * Labels that somebody edited to a value which the operator itself wants, wanted or set: nobody disputes them, so that the edit must
 * not hold up the next revision, nor a rollback.
 */
export function releaseLabels({
  snapshot,
  direction: { goal },
  target,
}: Pick<RolloutContext, 'snapshot' | 'direction' | 'target'>): Action[] {
  return snapshot.workloads.flatMap(
    ({ kind, name, uid, isLabelEdited, templateRevision, step }): Action[] => {
      const isOurs = [goal?.id, target.id, step?.revision].includes(templateRevision);
      if (!isLabelEdited || templateRevision === undefined || !isOurs) return [];
      return [{ kind: 'ReleaseLabel', workload: { kind, name, uid }, revision: templateRevision }];
    },
  );
}
