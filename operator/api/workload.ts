export type WorkloadKind = 'Deployment' | 'StatefulSet' | 'DaemonSet';

export interface Workload {
  readonly kind: WorkloadKind;
  readonly name: string;
  /** True if the workload's controller has seen its latest spec. */
  readonly isObserved: boolean;
  readonly desired: number;
  /** Pods of the latest template. */
  readonly updated: number;
  readonly ready: number;
  /** Pods of any template. */
  readonly total: number;
  /** By `spec.paused`, or by an update strategy that starts no pods itself (`OnDelete`, a partition). */
  readonly isPaused: boolean;
  /** Value of the revision label in the pod template. */
  readonly templateRevision: string | undefined;
  /** What the operator wrote in its last patch; undefined if it never touched the workload. */
  readonly step: WorkloadStep | undefined;
  /** Field manager that owns the template's label, if it is not us. */
  readonly foreignManager: string | undefined;
  /** Revisions named by ReplicaSets or ControllerRevisions of the workload: `kubectl rollout undo` may bring them back. */
  readonly retainedRevisions: readonly string[];
}

export interface WorkloadStep {
  /** Null: the operator took its label away again. */
  readonly revision: string | null;
  /** RFC 3339, with milliseconds. */
  readonly since: string;
}
