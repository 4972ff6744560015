import type { Workload } from '../api/workload.ts';
import type { WorkloadKind, WorkloadObject } from './kind.ts';

/** How far a workload's own rolling update has come. */
export type WorkloadState = Pick<
  Workload,
  'isObserved' | 'desired' | 'updated' | 'ready' | 'total' | 'isPaused' | 'templateLabels'
> & {
  /** Its owner keeps Istio from injecting a sidecar into its pods. */
  readonly refusesInjection: boolean;
};

/** https://istio.io/latest/docs/reference/config/labels/ and .../annotations/: what a template asks of the injector. */
const injectKey = 'sidecar.istio.io/inject';

export function readWorkload(kind: WorkloadKind, object: WorkloadObject): WorkloadState {
  const { metadata, spec, status } = object;
  const { labels = {}, annotations = {} } = spec.template.metadata ?? {};
  const observed = status?.['observedGeneration'];
  return {
    isObserved: (typeof observed === 'number' ? observed : 0) >= (metadata.generation ?? 0),
    ...kind.count(object),
    isPaused: kind.isPaused(object),
    templateLabels: labels,
    refusesInjection: [labels, annotations].some((texts) => texts[injectKey] === 'false'),
  };
}

/** All pods are of the latest template, and ready. */
export function isRolledOut({
  isObserved,
  desired,
  updated,
  ready,
  total,
}: Omit<WorkloadState, 'isPaused' | 'templateLabels' | 'refusesInjection'>): boolean {
  return isObserved && updated === desired && ready === desired && total === desired;
}
