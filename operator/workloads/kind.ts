import type { OwnUpdate, TemplateSource } from '../api/workload.ts';

/** What the operator knows of one kind of workload. Each kind has a file of its own, and a line in `kinds.ts`. */
export interface WorkloadKind {
  readonly apiVersion: string;
  readonly plural: string;
  /**
   * Whether a container that is applied to its template is merged with those of others, whoever applies them and how. Otherwise the
   * keys of the proxy have to be in its owner's own template.
   */
  readonly mergesContainers: boolean;
  /** The pods by the workload's own status. */
  count(object: WorkloadObject): PodCounts;
  /** Pods that its own rolling update may have missing at a time, of so many. */
  maxUnavailable(object: WorkloadObject, desired: number): number;
  /** True while its owner has its rolling updates paused. */
  isPaused(object: WorkloadObject): boolean;
  /** Why the operator should not restart it. */
  oddity(object: WorkloadObject): Oddity | undefined;
  /** The update that its controller has in progress, where pods alone do not show it. */
  ownUpdate?(object: WorkloadObject): OwnUpdate | undefined;
  /** Where its pod template is, if it has none of its own. */
  templateSource?(object: WorkloadObject): TemplateSource | undefined;
}

/** What makes a workload one that the operator does not restart by itself. */
export type Oddity =
  /** Its controller replaces no pods, or not all of them, by itself. */
  | 'OnDelete'
  | 'Partitioned'
  /** Its pod template is another object's, or another workload's too: a change would start an update that nobody looks after. */
  | 'TemplateElsewhere'
  | 'TemplateShared'
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
  } & RollingShares;
  /** Of a Rollout. */
  readonly canary?: RollingShares & {
    readonly trafficRouting?: object;
    readonly steps?: readonly { readonly analysis?: object; readonly experiment?: object }[];
  };
  readonly blueGreen?: object;
}

interface RollingShares {
  readonly maxUnavailable?: IntOrPercent;
  readonly maxSurge?: IntOrPercent;
}

interface Container {
  readonly name: string;
  readonly env?: readonly {
    readonly name: string;
    readonly valueFrom?: { readonly secretKeyRef?: { readonly name: string; readonly key: string } };
  }[];
}

interface PodTemplate {
  readonly metadata?: { readonly labels?: Labels; readonly annotations?: Labels };
  readonly spec?: { readonly hostNetwork?: boolean; readonly containers?: readonly Container[] };
}

/** The part of a workload's object that is read here; the API server has checked its form. */
export interface WorkloadObject {
  readonly metadata: { readonly name?: string; readonly generation?: number };
  readonly spec: {
    readonly replicas?: number;
    readonly paused?: boolean;
    readonly template?: PodTemplate;
    /** Of a Rollout. */
    readonly workloadRef?: { readonly kind: string; readonly name: string };
    readonly restartAt?: string;
    /** Of a Deployment or Rollout. */
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

/** Pods that a rolling update may have in excess and missing, by the defaults and the rounding of Deployments. */
export function rollingLeeway(shares: RollingShares | undefined, desired: number) {
  const surge = podShare(shares?.maxSurge, { of: desired, fallback: '25%', round: Math.ceil });
  const share = podShare(shares?.maxUnavailable, { of: desired, fallback: '25%', round: Math.floor });
  // Without any leeway there would be no progress.
  return { surge, unavailable: share === 0 && surge === 0 ? 1 : share };
}
