import type { IstioKind, MeshKinds } from '../../api/istio-kinds.ts';
import type { Resource } from '../../api/resource.ts';
import type { SpAgentSpec } from '../../api/schema.ts';
import type { Plugin } from '../metadata.ts';

/** A way to bring the filter to the proxies. Each has a file of its own, and a line in `deliveries.ts`. */
export interface Delivery {
  /** The kind that carries the filter. */
  readonly kind: IstioKind;
  /** Whether the proxy holds the headers back while the filter reads the body, so that a lookup can use it. */
  readonly holdsHeaders: boolean;
  /** Whether `spec.delivery.api: Auto` may choose it; the first of the list that suits is chosen. */
  suits(spec: SpAgentSpec, mesh: MeshKinds): boolean;
  render(plugin: Plugin): Resource;
}
