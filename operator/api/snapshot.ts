import type { ArtifactState } from './artifact.ts';
import type { GateSamples } from './gates.ts';
import type { MeshKinds } from './istio-kinds.ts';
import type { Pod } from './pod.ts';
import type { OperatorPolicy } from './policy.ts';
import type { Problem } from './problem.ts';
import type { OwnedResource } from './resource.ts';
import type { Revision } from './revision.ts';
import type { SpAgent } from './schema.ts';
import type { SpAgentStatus } from './status-schema.ts';
import type { Turn } from './turn.ts';
import type { Workload } from './workload.ts';

/** What one run found of an agent: all that deciding may look at. Plain data; nothing is read after it was taken. */
export type Observation = DeletedAgent | RefusedAgent | UnobservedAgent | Snapshot;

interface Observed {
  /** Milliseconds since the epoch. The only clock that deciding has. */
  readonly now: number;
  readonly identity: AgentIdentity;
  /** Why an action of this run failed; undefined before the actions, and if none did. */
  readonly failure: Problem | undefined;
}

/** The agent's object, whether or not its spec can be read. */
export interface AgentIdentity {
  readonly namespace: string;
  readonly name: string;
  readonly uid: string;
  readonly resourceVersion: string;
  readonly generation: number;
  readonly finalizers: readonly string[];
  /** Value of `retryAnnotation`. */
  readonly retry: string | undefined;
  readonly requests: RolloutRequests;
}

/** What annotations of the agent ask of a rollout, each naming the revision that is meant; see `rollout/commands.ts`. */
export interface RolloutRequests {
  readonly promote: string | undefined;
  readonly abort: string | undefined;
  readonly pause: string | undefined;
}

/** The agent has a deletionTimestamp. */
export interface DeletedAgent extends Observed {
  readonly state: 'Deleted';
  readonly revisions: readonly Revision[];
  readonly owned: readonly OwnedResource[];
}

/** Nothing is done for the agent: the CRD accepted a spec that this version of the operator cannot read, or its namespace is excluded. */
export interface RefusedAgent extends Observed {
  readonly state: 'Refused';
  readonly problem: Problem;
  readonly status: SpAgentStatus;
}

/** What the operator needs to know of the agent could not be read; `failure` says why. */
export interface UnobservedAgent extends Observed {
  readonly state: 'Unobserved';
  readonly failure: Problem;
  readonly status: SpAgentStatus;
}

/** The world around an agent that can be read. */
export interface Snapshot extends Observed {
  readonly state: 'Readable';
  /** For so long all watches have been open, so that what is seen is the present state. Seconds. */
  readonly secondsInSync: number;
  readonly agent: SpAgent;
  readonly policy: OperatorPolicy;
  /** Of the operator's server of modules, without a slash at the end. */
  readonly moduleBaseUrl: string;
  readonly source: SourceTraits;
  /** The other agents of the namespace that can be read and are not being deleted. */
  readonly otherAgents: readonly OtherAgent[];
  readonly artifact: ArtifactState;
  readonly publicKey: PublicKeyState;
  readonly redactionKey: RedactionKeyState;
  /** Revision → the filter's answer to its configuration. Not every revision has one: `decide` asks where it matters. */
  readonly configurations: ReadonlyMap<string, ConfigurationVerdict>;
  readonly mesh: MeshKinds;
  /** Oldest first. */
  readonly revisions: readonly Revision[];
  /** By kind and name; the order of a rollout. */
  readonly workloads: readonly Workload[];
  readonly pods: readonly Pod[];
  /** Running pods that the selector matches and that no workload manages, by owner. */
  readonly unmanaged: readonly UnmanagedPods[];
  /** What was measured for the gates of the rollout's present step; undefined if nothing was. */
  readonly gateSamples: GateSamples | undefined;
  /** How many workloads may be restarted now; undefined: as many as the spec says. */
  readonly turn: Turn | undefined;
  /** Istio resources in the cluster that carry the agent's label and its owner reference. */
  readonly owned: readonly OwnedResource[];
  /** Off where no proxies can be asked: a rollout then counts pods by readiness alone. */
  readonly verification: 'Required' | 'Off';
}

/** Pods whose owner has no rolling update: a Job, another controller, or none at all. */
export interface UnmanagedPods {
  /** Of the owner; Pod for a pod without one. */
  readonly kind: string;
  readonly name: string;
  readonly total: number;
  readonly ready: number;
}

/** What deciding needs to know of where the module comes from. */
export interface SourceTraits {
  /** False: a change of it sends no event. */
  readonly isWatched: boolean;
  /** True for the bundled filter: the operator can ask it whether it accepts a configuration. */
  readonly isOurs: boolean;
}

export type OtherAgent = Pick<SpAgent, 'name' | 'createdAt'> & {
  readonly selector: SpAgent['spec']['selector'];
};

export type PublicKeyState =
  | { readonly state: 'NotWanted' }
  | {
      readonly state: 'Missing';
      readonly reason: 'SecretMissing' | 'SecretRefused';
      readonly message: string;
    }
  /** The digest makes a new key a new revision without showing the key. */
  | { readonly state: 'Found'; readonly digest: string };

/** Of the key of redaction markers. The digest makes a new key a new revision, so that all proxies have the same. */
export type RedactionKeyState =
  | { readonly state: 'NotWanted' }
  | { readonly state: 'Missing'; readonly message: string }
  | { readonly state: 'Found'; readonly digest: string };

export type ConfigurationVerdict =
  | { readonly state: 'Accepted' }
  | ({
      readonly state: 'Refused';
      /** When the filter was asked, if the same configuration may be accepted later. Milliseconds since the epoch. */
      readonly retryableSince: number | undefined;
    } & Problem);
