import type { IstioKind, MeshKinds } from '../../api/istio-kinds.ts';
import type { Resource } from '../../api/resource.ts';
import type { SpAgentSpec } from '../../api/schema.ts';
import type { Plugin } from '../metadata.ts';

/** What the choice of a delivery depends on. */
export interface DeliveryNeeds extends Pick<SpAgentSpec['delivery'], 'api' | 'phase'> {
  /** Lookups use bodies, so that headers must be held until a body has ended. */
  readonly wantsBodies: boolean;
  /** The filter's configuration is not a JSON object. */
  readonly wantsText: boolean;
}

/** A way to bring the filter to the proxies. Each has a file of its own, and a line in `deliveries.ts`. */
export interface Delivery {
  /** The kind that carries the filter. */
  readonly kind: IstioKind;
  /** Whether the proxy holds the headers back while the filter reads the body, so that a lookup can use it. */
  readonly holdsHeaders: boolean;
  /** Whether it can carry a configuration that is not a JSON object. */
  readonly carriesText: boolean;
  /** Whether `spec.delivery.api: Auto` may choose it; the first of the list that suits is chosen. */
  suits(needs: DeliveryNeeds, mesh: MeshKinds): boolean;
  render(plugin: Plugin): Resource;
}
