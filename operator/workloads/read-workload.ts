import type { Workload } from '../api/workload.ts';
import type { WorkloadKind, WorkloadObject } from './kind.ts';
import { templateKeys } from './template-keys.ts';
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
  | 'templateKeys'
  | 'templateSource'
  | 'ownUpdate'
>;

export function readWorkload(kind: WorkloadKind, object: WorkloadObject): WorkloadState {
  const { metadata, spec } = object;
  const counts = kind.count(object);
  const { generation = 0 } = metadata;
  const isObserved = observedGeneration(object) >= generation;
  return {
    generation,
    isObserved,
    ...counts,
    maxUnavailable: kind.maxUnavailable(object, counts.desired),
    isPaused: kind.isPaused(object),
    oddity: templateOddity(object) ?? kind.oddity(object),
    templateLabels: spec.template?.metadata?.labels ?? {},
    templateKeys: kind.mergesContainers ? undefined : templateKeys(object),
    templateSource: kind.templateSource?.(object),
    // What was reported before its controller saw the latest spec is of an update before.
    ownUpdate: isObserved ? kind.ownUpdate?.(object) : undefined,
  };
}

/** A number, or digits: the status of a Rollout has it as text. */
function observedGeneration({ status }: WorkloadObject): number {
  const observed = status?.['observedGeneration'];
  if (typeof observed === 'number') return observed;
  return typeof observed === 'string' && /^\d{1,15}$/.test(observed) ? Number(observed) : 0;
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
    ownUpdate,
  }: Pick<WorkloadState, 'isObserved' | 'desired' | 'updated' | 'ready' | 'total' | 'ownUpdate'>,
  missing = 0,
): boolean {
  const atLeast = desired - missing;
  return (
    isObserved &&
    ownUpdate === undefined &&
    updated >= atLeast &&
    ready >= atLeast &&
    total <= desired &&
    total - updated <= missing
  );
}
