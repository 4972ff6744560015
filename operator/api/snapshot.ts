import type { ArtifactState } from './artifact.ts';
import type { Pod } from './pod.ts';
import type { Reason } from './reasons.ts';
import type { MeshKinds, OwnedResource } from './resource.ts';
import type { Revision } from './revision.ts';
import type { SpAgent } from './schema.ts';
import type { Workload } from './workload.ts';

/** The observed world around one agent at one moment: all that planning may look at. Plain data. */
export interface Snapshot {
  /** Milliseconds since the epoch. The only clock that planning has. */
  readonly now: number;
  /** For so long all watches have been open: what is seen is the present state. Seconds. */
  readonly secondsInSync: number;
  readonly agent: SpAgent;
  readonly source: SourceTraits;
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

/** What deciding needs to know of where the module comes from. */
export interface SourceTraits {
  /** False: a change of it sends no event. */
  readonly isWatched: boolean;
  /** True for the bundled filter: the operator can ask it whether it takes a configuration. */
  readonly isOurs: boolean;
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
