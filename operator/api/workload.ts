/** A workload that the agent selects. */
export interface Workload {
  /** Kind of `workloads/`, such as Deployment. */
  readonly kind: string;
  readonly name: string;
  readonly uid: string;
  /** Of its object: each change of its spec is a new one. */
  readonly generation: number;
  /** True if the workload's controller has seen its latest spec. */
  readonly isObserved: boolean;
  readonly desired: number;
  /** Pods of the latest template. */
  readonly updated: number;
  readonly ready: number;
  /** Pods of any template. */
  readonly total: number;
  /** Pods that its own rolling update may have missing at a time. */
  readonly maxUnavailable: number;
  /** Its owner has its rolling updates paused. */
  readonly isPaused: boolean;
  /** Why the operator should not restart it: one of `workloads/kind.ts`. */
  readonly oddity: string | undefined;
  readonly templateLabels: Readonly<Record<string, string>>;
  /** Keys that its template itself gives to the proxy; undefined: the operator gives them. */
  readonly templateKeys?: readonly TemplateKey[] | undefined;
  /** Where its pod template is, if it has none of its own. */
  readonly templateSource?: TemplateSource | undefined;
  /** The update that its controller has in progress, where pods alone do not show it; undefined if there is none. */
  readonly ownUpdate?: OwnUpdate | undefined;
  /** Value of the revision label in the pod template. */
  readonly templateRevision: string | undefined;
  /** What the operator wrote in its last patch; undefined if it never patched the workload. */
  readonly step: WorkloadStep | undefined;
  /** Istio injects a sidecar into its pods, as its newest one shows. */
  readonly isInjected: boolean;
  /** Field manager that owns the template's label, if it is not us. */
  readonly foreignManager: string | undefined;
  /** What of ours belongs to an edit (`kubectl patch`, `kubectl rollout undo`), which nothing repeats, and not to what another manager applies. */
  readonly editedFields: readonly OwnField[];
  /** Field manager that wrote the pod template last, if it is not us. */
  readonly lastWriter: string | undefined;
  /** Revisions named by ReplicaSets or ControllerRevisions of the workload: `kubectl rollout undo` may bring them back. */
  readonly retainedRevisions: readonly string[];
  /** Agents whose revision label some of its pods carry, whether their template has it or they were switched since. */
  readonly agentsOfPods: readonly string[];
}

/** What the operator writes to a workload. */
export type OwnField = 'RevisionLabel' | 'StepAnnotation' | 'ProxyKeys';

/** An environment variable of the proxy that comes from a Secret. */
export interface TemplateKey {
  readonly variable: string;
  readonly secretName: string;
  readonly key: string;
}

export interface TemplateSource {
  readonly kind: string;
  readonly name: string;
  /** The workload's own ReplicaSet with the present template; undefined while there is none. */
  readonly replicaSet: string | undefined;
}

export interface OwnUpdate {
  readonly state:
    | 'InProgress'
    /** For as long as its owner wants: a pause, an analysis. */
    | 'Waiting'
    /** Without progress, or with a spec that its controller refuses. */
    | 'Degraded'
    /** Given up: its pods return to the template before. */
    | 'Aborted';
  /** As its controller reports it. */
  readonly message: string;
}

export interface WorkloadStep {
  /** Undefined: the operator removed its label. */
  readonly revision: string | undefined;
  /** RFC 3339, with milliseconds. */
  readonly since: string;
  /** The backend's key was given to the proxy: only where there is one, see `rollout/backend-key.ts`. */
  readonly hasKey?: true;
  /** Uid of the agent that wrote it: one of the same name may have been created since. */
  readonly agentUid: string;
}
