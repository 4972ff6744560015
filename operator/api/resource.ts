import type { JsonObject } from './json.ts';

/** Which of Istio's kinds the API server knows. */
export interface MeshKinds {
  readonly wasmPlugin: boolean;
  readonly trafficExtension: boolean;
  readonly envoyFilter: boolean;
  readonly serviceEntry: boolean;
  readonly destinationRule: boolean;
}

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
