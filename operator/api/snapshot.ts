import type { Reason } from './reasons.ts';
import type { SpAgent } from './schema.ts';

/** The observed world around one agent at one moment: all that planning may look at. Plain data. */
export interface Snapshot {
  /** Milliseconds since the epoch. The only clock that planning has. */
  readonly now: number;
  /** For so long all watches have been open: what is seen is the present state. Seconds. */
  readonly currentSeconds: number;
  readonly agent: SpAgent;
  readonly artifact: ArtifactState;
  readonly publicKey: PublicKeyState;
  /** What the filter itself says to the configuration of the present spec. */
  readonly configuration: ConfigurationVerdict;
  readonly mesh: MeshKinds;
  /** Oldest first. */
  readonly revisions: readonly Revision[];
  /** By kind and name; the order of a rollout. */
  readonly workloads: readonly Workload[];
  readonly pods: readonly Pod[];
  /** Istio resources in the cluster that carry the agent's label and its owner reference. */
  readonly owned: readonly OwnedResource[];
  /** The earlier agent that has some of the same pods, if any, and an example. */
  readonly conflict: { readonly agentName: string; readonly workload: string } | undefined;
  /** Off where no proxies can be asked: a rollout then counts pods by readiness alone. */
  readonly verification: 'Required' | 'Off';
}

export type ArtifactState =
  | { readonly state: 'Pending' }
  | { readonly state: 'Ready'; readonly artifact: Artifact }
  | { readonly state: 'Failed'; readonly reason: Reason; readonly message: string };

export interface Artifact {
  /** SHA-256 of the module, 64 hex digits. */
  readonly digest: string;
  readonly sizeBytes: number;
  /** For people: `bundled source`, `ConfigMap my-filter`, the URL. */
  readonly source: string;
  /** Where proxies fetch it: the operator's own address with the digest in it. */
  readonly url: string;
}

export type PublicKeyState =
  | { readonly state: 'NotWanted' }
  | { readonly state: 'Missing'; readonly message: string }
  /** The digest makes a new key a new revision without showing the key. */
  | { readonly state: 'Found'; readonly digest: string };

export type ConfigurationVerdict =
  /** There is none to check, it was checked when its revision was made, or the module is not ours to judge. */
  | { readonly state: 'Unchecked' }
  | { readonly state: 'Accepted' }
  | {
      readonly state: 'Refused';
      readonly reason: Reason;
      readonly message: string;
      /** True if the same configuration may be taken later. */
      readonly retryable: boolean;
    };

/** Which of Istio's kinds the API server knows. */
export interface MeshKinds {
  readonly wasmPlugin: boolean;
  readonly trafficExtension: boolean;
  readonly envoyFilter: boolean;
  readonly serviceEntry: boolean;
  readonly destinationRule: boolean;
}

export type DeliveryKind = 'WasmPlugin' | 'TrafficExtension' | 'EnvoyFilter';
export type Side = 'Outbound' | 'Inbound';

/**
 * Everything that changes a proxy's behaviour. Its digest is the revision. Kept in a ControllerRevision, so that a
 * revision can be rendered again whatever the spec says by then.
 */
export interface RevisionData {
  readonly digest: string;
  readonly moduleUrl: string;
  readonly delivery: DeliveryKind;
  readonly sides: readonly Side[];
  readonly matchLabels: Readonly<Record<string, string>>;
  readonly phase: 'Authn' | 'Authz' | 'Stats' | undefined;
  readonly priority: number | undefined;
  readonly failStrategy: 'FailOpen' | 'FailClose';
  readonly env: readonly {
    readonly name: string;
    readonly value?: string | undefined;
    readonly fromProxy?: boolean | undefined;
  }[];
  readonly backend: BackendTarget;
  readonly publicKey:
    { readonly secretName: string; readonly key: string; readonly digest: string } | undefined;
  /** What the filter is told, without direction and revision, which rendering adds. */
  readonly pluginConfig: JsonObject;
}

export interface BackendTarget {
  readonly host: string;
  readonly port: number;
  readonly tls: { readonly sni: string; readonly insecureSkipVerify: boolean } | undefined;
  /** True if the host is a Kubernetes Service: Istio knows it without a ServiceEntry. */
  readonly inCluster: boolean;
}

export type Json = string | number | boolean | null | readonly Json[] | JsonObject;
export interface JsonObject {
  readonly [key: string]: Json;
}

export interface Revision {
  /** 12 hex digits. */
  readonly id: string;
  /** Counts up per agent, for people. */
  readonly number: number;
  readonly data: RevisionData;
  readonly createdAt: string;
  readonly stableSince: string | undefined;
  readonly failure: RevisionFailure | undefined;
}

export interface RevisionFailure {
  readonly reason: Reason;
  readonly message: string;
  /** Generation of the spec that failed: the same one is not tried again. */
  readonly generation: number;
  readonly at: string;
}

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

export interface Pod {
  readonly name: string;
  /** Key of its workload, see `workloadKey`. */
  readonly workload: string;
  readonly revision: string | undefined;
  readonly isReady: boolean;
  /** Milliseconds since the epoch; undefined if it is not ready. */
  readonly readySince: number | undefined;
  /** When its proxy was last told to fetch the module again. Milliseconds since the epoch. */
  readonly refetchedAt: number | undefined;
  readonly verification: Verification;
  /** When its proxy was asked for that. Milliseconds since the epoch; undefined if it was not. */
  readonly askedAt: number | undefined;
}

export type Verification =
  | { readonly state: 'Verified' }
  /** The proxy says that it does not run the revision. */
  | { readonly state: 'NotVerified'; readonly message: string; readonly cause: Cause }
  /** No answer from the proxy, or not asked. */
  | { readonly state: 'Unknown'; readonly message: string };

/** Why a proxy does not run a revision. */
export type Cause =
  /** Istio's agent refused the module; waiting will not help. */
  | 'Refused'
  /** Istio's agent could not download it, and will not try again by itself. */
  | 'NotFetched'
  /** Istio's agent handed a module over, but the filter is not configured: not yet, or it failed. */
  | 'NotConfigured'
  /** The statistics do not tell. */
  | 'Unclear';

export interface OwnedResource {
  readonly apiVersion: string;
  readonly kind: string;
  readonly name: string;
}

/** A rendered resource, ready for server-side apply. */
export interface Resource {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: {
    readonly name: string;
    readonly namespace: string;
    readonly labels: Readonly<Record<string, string>>;
    readonly annotations?: Readonly<Record<string, string>>;
    readonly ownerReferences: readonly OwnerReference[];
  };
  readonly spec: JsonObject;
}

export interface OwnerReference {
  readonly apiVersion: string;
  readonly kind: string;
  readonly name: string;
  readonly uid: string;
  readonly controller: boolean;
  readonly blockOwnerDeletion: boolean;
}
