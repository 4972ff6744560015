import { istioKindNames } from '../../api/istio-kinds.ts';
import { discoverKinds } from '../../cluster/discovery.ts';
import { deliveries } from '../../render/delivery/deliveries.ts';
import type { Check } from './check.ts';

const remedy = 'install Istio: https://istio.io/latest/docs/setup/install/';

export const meshKinds: Check = {
  code: 'SP003',
  name: 'Istio',
  async run({ client }) {
    const present = await discoverKinds(client, istioKindNames);
    const list = istioKindNames.filter((kind) => present.has(kind)).join(', ');
    if (present.size === 0) {
      return { state: 'Bad', message: "the cluster has none of Istio's kinds", remedy };
    }
    const carries = Object.values(deliveries).some(({ kind }) => present.has(kind));
    if (carries && present.has('ServiceEntry') && present.has('DestinationRule')) {
      return { state: 'Good', message: `has ${list}` };
    }
    return { state: 'Bad', message: `has only ${list}`, remedy };
  },
};
