/** What the operator knows of one kind of workload. Each kind has a file of its own, and a line in `kinds.ts`. */
export interface WorkloadKind {
  readonly apiVersion: string;
  readonly plural: string;
  /** The pods by the workload's own status. */
  count(object: WorkloadObject): PodCounts;
  /** Pods that its own rolling update may have missing at a time, of so many. */
  maxUnavailable(object: WorkloadObject, desired: number): number;
  /** True while its owner has its rolling updates paused. */
  isPaused(object: WorkloadObject): boolean;
  /** Why the operator should not restart it. */
  oddity(object: WorkloadObject): Oddity | undefined;
}

/** What makes a workload one that the operator does not restart by itself. */
export type Oddity =
  /** Its controller replaces no pods, or not all of them, by itself. */
  | 'OnDelete'
  | 'Partitioned'
  /** A restart would interrupt it. */
  | 'Recreate'
  | 'NoSurge'
  /** Its pods have no sidecar that could run the filter. */
  | 'NotInjected'
  | 'HostNetwork'
  | 'Ambient'
  | 'Gateway';

export interface PodCounts {
  readonly desired: number;
  /** Pods of the latest template. */
  readonly updated: number;
  readonly ready: number;
  /** Pods of any template. */
  readonly total: number;
}

type IntOrPercent = number | string;
type Labels = Readonly<Record<string, string>>;

interface UpdateStrategy {
  readonly type?: string;
  readonly rollingUpdate?: {
    readonly partition?: number;
    readonly maxUnavailable?: IntOrPercent;
    readonly maxSurge?: IntOrPercent;
  };
}

/** The part of a workload's object that is read here; the API server has checked its form. */
export interface WorkloadObject {
  readonly metadata: { readonly generation?: number };
  readonly spec: {
    readonly replicas?: number;
    readonly paused?: boolean;
    readonly template: {
      readonly metadata?: { readonly labels?: Labels; readonly annotations?: Labels };
      readonly spec?: { readonly hostNetwork?: boolean };
    };
    /** Of a Deployment. */
    readonly strategy?: UpdateStrategy;
    /** Of the others. */
    readonly updateStrategy?: UpdateStrategy;
  };
  readonly status?: Readonly<Record<string, unknown>>;
}

/** A count of the status; absent means 0. */
export function statusCount({ status }: WorkloadObject, field: string): number {
  const value = status?.[field];
  return typeof value === 'number' ? value : 0;
}

/** `25%` of so many pods, or a number of pods. */
export function podShare(
  share: IntOrPercent | undefined,
  { of, fallback, round }: { of: number; fallback: IntOrPercent; round: (value: number) => number },
): number {
  const value = share ?? fallback;
  return typeof value === 'number' ? value : round((of * Number.parseFloat(value)) / 100);
}
