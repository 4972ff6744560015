import type { Reason } from './reasons.ts';
import type { OwnedResource, Resource } from './resource.ts';
import type { Revision, RevisionFailure } from './revision.ts';
import type { WorkloadKind, WorkloadStep } from './workload.ts';

/** What a plan asks for. Each action is idempotent; they are executed in order and stop at the first that fails. */
export type Action =
  | { readonly kind: 'CreateRevision'; readonly revision: Revision }
  | { readonly kind: 'MarkStable'; readonly revisionId: string; readonly since: string }
  | { readonly kind: 'MarkFailed'; readonly revisionId: string; readonly failure: RevisionFailure }
  | { readonly kind: 'DeleteRevision'; readonly revisionId: string }
  | { readonly kind: 'Apply'; readonly resource: Resource }
  | { readonly kind: 'Prune'; readonly resource: OwnedResource }
  | {
      readonly kind: 'SetWorkloadRevision';
      readonly workloadKind: WorkloadKind;
      readonly workloadName: string;
      readonly step: WorkloadStep;
    }
  /** Makes istiod push to the pod's proxy, whose agent then fetches what it lacks. `at`: Unix seconds. */
  | { readonly kind: 'RefetchModule'; readonly podName: string; readonly at: number }
  | {
      readonly kind: 'Event';
      readonly type: 'Normal' | 'Warning';
      readonly reason: Reason;
      readonly message: string;
    };

/** A rollout's next actions, and where it stands. */
export interface RolloutPlan {
  readonly actions: readonly Action[];
  readonly progress: RolloutProgress;
  /** Seconds until a deadline must be looked at again; undefined: an event will wake us. */
  readonly requeueSeconds: number | undefined;
}

export interface RolloutProgress {
  readonly state:
    'NoWorkloads' | 'Waiting' | 'Progressing' | 'Paused' | 'Held' | 'RollingBack' | 'RolledBack' | 'Complete';
  readonly reason: Reason;
  /** For people; names workloads and pods, no counters of time. */
  readonly message: string;
  /** Revision that the workloads are to run now: the target, or the stable one after a failure; null: none. */
  readonly goal: string | null;
  readonly since: string | undefined;
}
