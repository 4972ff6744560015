/** `npm run cluster [-- --nodes N]`: a control plane of its own, until Ctrl-C. */
import { once } from 'node:events';
import { parseArgs } from 'node:util';
import { startControlPlane } from './control-plane.ts';
import { installIstioCrds } from './istio-crds.ts';

const { values } = parseArgs({ options: { nodes: { type: 'string', default: '3' } } });
await using cluster = await startControlPlane({ nodes: Number(values.nodes), log: console.log });
await installIstioCrds(cluster.kubeconfig);
console.log(`
Kubernetes with Istio's CRDs and ${values.nodes} played nodes is up. Use it from another terminal:

  export KUBECONFIG=${cluster.kubeconfig}

Ctrl-C ends it and removes its files (${cluster.stateDirectory}).`);
const signal = new AbortController();
await Promise.race(['SIGINT', 'SIGTERM'].map((name) => once(process, name, signal)));
signal.abort();
