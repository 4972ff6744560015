import type { Action, RolloutProgress } from '../api/actions.ts';
import type { Revision } from '../api/revision.ts';
import type { Snapshot } from '../api/snapshot.ts';

const over: ReadonlySet<RolloutProgress['state']> = new Set(['Complete', 'RolledBack']);

/**
 * A promotion is for one rollout. It is removed when that is over, or was left for another revision: a later rollout of the same
 * revision would not wait otherwise.
 */
export function acknowledgePromotion(
  { identity: { requests, resourceVersion } }: Pick<Snapshot, 'identity'>,
  target: Pick<Revision, 'id'> | undefined,
  { state }: Pick<RolloutProgress, 'state'>,
): readonly Action[] {
  const { promote } = requests;
  if (promote === undefined || target === undefined) return [];
  if (promote.startsWith(`${target.id}/`) && !over.has(state)) return [];
  return [{ kind: 'AcknowledgePromotion', resourceVersion }];
}
