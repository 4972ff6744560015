import type { Workload } from '../api/workload.ts';
import type { WorkloadKind, WorkloadObject } from './kind.ts';

/** How far a workload's own rolling update has come. */
export type WorkloadState = Pick<
  Workload,
  'isObserved' | 'desired' | 'updated' | 'ready' | 'total' | 'isPaused' | 'templateLabels'
>;

export function readWorkload(kind: WorkloadKind, object: WorkloadObject): WorkloadState {
  const { metadata, spec, status } = object;
  const observed = status?.['observedGeneration'];
  return {
    isObserved: (typeof observed === 'number' ? observed : 0) >= (metadata.generation ?? 0),
    ...kind.count(object),
    isPaused: kind.isPaused(object),
    templateLabels: spec.template.metadata?.labels ?? {},
  };
}

/** All pods are of the latest template, and ready. */
export function isRolledOut({
  isObserved,
  desired,
  updated,
  ready,
  total,
}: Omit<WorkloadState, 'isPaused' | 'templateLabels'>): boolean {
  return isObserved && updated === desired && ready === desired && total === desired;
}
