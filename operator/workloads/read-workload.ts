import type { Workload } from '../api/workload.ts';
import type { WorkloadKind, WorkloadObject } from './kind.ts';
import { templateOddity } from './template-oddity.ts';

/** How far a workload's own rolling update has come, and whether it can have one. */
export type WorkloadState = Pick<
  Workload,
  | 'generation'
  | 'isObserved'
  | 'desired'
  | 'updated'
  | 'ready'
  | 'total'
  | 'maxUnavailable'
  | 'isPaused'
  | 'oddity'
  | 'templateLabels'
>;

export function readWorkload(kind: WorkloadKind, object: WorkloadObject): WorkloadState {
  const { metadata, spec, status } = object;
  const observed = status?.['observedGeneration'];
  const counts = kind.count(object);
  const { generation = 0 } = metadata;
  return {
    generation,
    isObserved: (typeof observed === 'number' ? observed : 0) >= generation,
    ...counts,
    maxUnavailable: kind.maxUnavailable(object, counts.desired),
    isPaused: kind.isPaused(object),
    oddity: templateOddity(object) ?? kind.oddity(object),
    templateLabels: spec.template.metadata?.labels ?? {},
  };
}

/**
 * All pods are of the latest template, and ready.
 * @param missing so many pods may be neither: on a node that is down, say.
 */
export function isRolledOut(
  {
    isObserved,
    desired,
    updated,
    ready,
    total,
  }: Pick<WorkloadState, 'isObserved' | 'desired' | 'updated' | 'ready' | 'total'>,
  missing = 0,
): boolean {
  const atLeast = desired - missing;
  return (
    isObserved && updated >= atLeast && ready >= atLeast && total <= desired && total - updated <= missing
  );
}
