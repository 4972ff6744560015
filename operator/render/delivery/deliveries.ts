import type { MeshKinds } from '../../api/istio-kinds.ts';
import type { DeliveryKind } from '../../api/revision.ts';
import type { SpAgentSpec } from '../../api/schema.ts';
import type { Delivery } from './delivery.ts';
import { envoyFilter } from './envoy-filter.ts';
import { trafficExtension } from './traffic-extension.ts';
import { wasmPlugin } from './wasm-plugin.ts';

/** Every value of `spec.delivery.api` but Auto. Auto chooses the first that suits. */
export const deliveries: Readonly<Record<DeliveryKind, Delivery>> = {
  EnvoyFilter: envoyFilter,
  TrafficExtension: trafficExtension,
  WasmPlugin: wasmPlugin,
};

/** Where none suits, the one that the oldest supported Istio has: its missing CRD is then reported. */
const fallback = 'WasmPlugin' satisfies DeliveryKind;

export function chooseDelivery(spec: SpAgentSpec, mesh: MeshKinds): DeliveryKind {
  if (spec.delivery.api !== 'Auto') return spec.delivery.api;
  const names = Object.keys(deliveries) as DeliveryKind[];
  return names.find((name) => deliveries[name].suits(spec, mesh)) ?? fallback;
}
