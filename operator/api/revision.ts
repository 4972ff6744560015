import type { Json, JsonObject } from './json.ts';
import type { Problem } from './problem.ts';
import type { LabelExpression } from './selector-schema.ts';
import type { RolloutMemory } from './rollout-memory.ts';

export type DeliveryKind = 'WasmPlugin' | 'TrafficExtension' | 'EnvoyFilter';

export type Side = 'Outbound' | 'Inbound';

/**
 * Everything that changes a proxy's behaviour. Its digest is the revision. Kept in an SpAgentRevision, so that a
 * revision can be rendered again whatever the spec says by then.
 */
export interface RevisionData {
  readonly digest: string;
  /** The module has statistics that show which revision handles requests. Absent: it has none, or this was not checked. */
  readonly reportsRevision?: boolean;
  /** See `render/render-version.ts`. Absent: 1. */
  readonly renderVersion?: number;
  readonly delivery: DeliveryKind;
  /** Whether lookups were to use bodies when the delivery was chosen. Not part of the revision's digest. */
  readonly wantsBodies?: boolean;
  readonly sides: readonly Side[];
  /** Destination ports of the traffic that gets the filter. Absent: all. */
  readonly ports?: readonly number[];
  readonly matchLabels: Readonly<Record<string, string>>;
  /** Absent: none. They decide which workloads get the revision's label, which is what Istio's resources select by. */
  readonly matchExpressions?: readonly LabelExpression[];
  readonly phase: 'Authn' | 'Authz' | 'Stats' | undefined;
  readonly priority: number | undefined;
  readonly failStrategy: 'FailOpen' | 'FailClose' | 'FailReload';
  readonly env: readonly {
    readonly name: string;
    readonly value?: string | undefined;
    readonly fromProxy?: boolean | undefined;
  }[];
  /** Absent with a custom filter, of whose calls the operator knows nothing. */
  readonly backend?: BackendTarget | undefined;
  readonly publicKey:
    { readonly secretName: string; readonly key: string; readonly digest: string } | undefined;
  /** SHA-256 of the key of redaction markers; absent where markers are plain. */
  readonly redactionKeyDigest?: string | undefined;
  /** The filter's configuration, without direction and revision, which rendering adds. Empty with a custom filter. */
  readonly pluginConfig: JsonObject;
  /** `spec.filter.config` of a custom filter. */
  readonly customConfig?: Json | undefined;
  /** Root id of a custom filter's module; absent with SP Agent's own filter. */
  readonly rootId?: string | undefined;
}

/** Whether the filter is another than SP Agent's own (see `ModuleTraits.readsSpec`). */
export function isCustom({ backend }: Pick<RevisionData, 'backend'>): boolean {
  return backend === undefined;
}

export interface BackendTarget {
  readonly host: string;
  readonly port: number;
  readonly tls: { readonly sni: string; readonly insecureSkipVerify: boolean } | undefined;
  /** True if the host is a Kubernetes Service: Istio knows it without a ServiceEntry. */
  readonly inCluster: boolean;
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
  readonly memory: RolloutMemory;
}

export interface RevisionFailure extends Problem {
  readonly at: string;
}
