import { AgentError } from '../../api/errors.ts';
import type { MeshKinds } from '../../api/istio-kinds.ts';
import type { DeliveryKind, RevisionData } from '../../api/revision.ts';
import type { Delivery, DeliveryNeeds } from './delivery.ts';
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

/** What of the former revision's data Auto depends on. */
export type FormerDelivery = Pick<RevisionData, 'delivery' | 'phase' | 'wantsBodies'>;

/**
 * @param former of the agent's newest revision. Auto decides once: a CRD that appears with an upgrade of Istio restarts nothing, and
 * may not be served by its istiod yet. Only a change of what it depends on makes it decide again, or a kind that is gone.
 */
export function chooseDelivery(
  needs: DeliveryNeeds,
  mesh: MeshKinds,
  former: FormerDelivery | undefined,
): DeliveryKind {
  const chosen = needs.api === 'Auto' ? automatic(needs, mesh, former) : needs.api;
  if (needs.wantsText && !deliveries[chosen].carriesText) {
    throw new AgentError(
      'SpecInvalid',
      `spec.filter.config is not an object, and a ${chosen} carries no other; make it an object, or set spec.delivery.api: EnvoyFilter and no phase`,
    );
  }
  return chosen;
}

function automatic(needs: DeliveryNeeds, mesh: MeshKinds, former: FormerDelivery | undefined): DeliveryKind {
  const isSame = former?.phase === needs.phase && former?.wantsBodies === needs.wantsBodies;
  if (isSame && isUsable(former, mesh) && (!needs.wantsText || deliveries[former.delivery].carriesText)) {
    return former.delivery;
  }
  const names = Object.keys(deliveries) as DeliveryKind[];
  return names.find((name) => deliveries[name].suits(needs, mesh)) ?? fallback;
}

function isUsable(former: FormerDelivery | undefined, mesh: MeshKinds): former is FormerDelivery {
  return former !== undefined && mesh.has(deliveries[former.delivery].kind);
}
