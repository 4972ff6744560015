import type { IstioKind } from './istio-kinds.ts';
import type { JsonObject } from './json.ts';

/** An Istio resource in the cluster that belongs to the agent, with what drift is found by. */
export interface OwnedResource {
  readonly kind: IstioKind;
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  /** As the API server has them: any user may have edited them. */
  readonly ownerReferences: unknown;
  readonly spec: unknown;
}

/** A rendered resource, ready for server-side apply. */
export interface Resource {
  readonly apiVersion: string;
  readonly kind: IstioKind;
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
