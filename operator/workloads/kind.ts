/** What the operator knows of one kind of workload. Each kind has a file of its own, and a line in `kinds.ts`. */
export interface WorkloadKind {
  readonly apiVersion: string;
  readonly plural: string;
  /** The pods by the workload's own status. */
  count(object: WorkloadObject): PodCounts;
  /** True while the workload's controller starts no pods of a new template by itself. */
  isPaused(object: WorkloadObject): boolean;
}

export interface PodCounts {
  readonly desired: number;
  /** Pods of the latest template. */
  readonly updated: number;
  readonly ready: number;
  /** Pods of any template. */
  readonly total: number;
}

/** The part of a workload's object that is read here; the API server has checked its form. */
export interface WorkloadObject {
  readonly metadata: { readonly generation?: number };
  readonly spec: {
    readonly replicas?: number;
    readonly paused?: boolean;
    readonly template: {
      readonly metadata?: {
        readonly labels?: Readonly<Record<string, string>>;
        readonly annotations?: Readonly<Record<string, string>>;
      };
    };
    readonly updateStrategy?: {
      readonly type?: string;
      readonly rollingUpdate?: { readonly partition?: number };
    };
  };
  readonly status?: Readonly<Record<string, unknown>>;
}

/** A count of the status; absent means 0. */
export function statusCount({ status }: WorkloadObject, field: string): number {
  const value = status?.[field];
  return typeof value === 'number' ? value : 0;
}
