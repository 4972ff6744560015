import { discoverIstioKinds } from '../../cluster/discovery.ts';
import { istioKinds } from '../../cluster/kinds.ts';
import type { Check } from './check.ts';

const remedy = 'install Istio: https://istio.io/latest/docs/setup/install/';

export const meshKinds: Check = {
  name: 'Istio',
  async run({ client }) {
    const present = await discoverIstioKinds(client);
    const list = istioKinds.filter((kind) => present.has(kind)).join(', ');
    if (present.size === 0) {
      return { state: 'Bad', message: "the cluster has none of Istio's kinds", remedy };
    }
    const carries =
      present.has('WasmPlugin') || present.has('TrafficExtension') || present.has('EnvoyFilter');
    if (carries && present.has('ServiceEntry') && present.has('DestinationRule')) {
      return { state: 'Good', message: `has ${list}` };
    }
    return { state: 'Bad', message: `has only ${list}`, remedy };
  },
};
