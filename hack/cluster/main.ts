/** `npm run cluster [-- --nodes N]`: a control plane of its own, until Ctrl-C. */
import { InvalidArgumentError } from 'commander';
import { once } from 'node:events';
import { commandLine } from '../command-line.ts';
import { startControlPlane } from './control-plane.ts';
import { installIstioCrds } from './istio-crds.ts';

function count(text: string): number {
  if (!/^[0-9]{1,3}$/.test(text)) throw new InvalidArgumentError('give a number from 0 to 999');
  return Number(text);
}

const { nodes } = commandLine('npm run cluster', 'A control plane of its own, until Ctrl-C')
  .option('--nodes <number>', 'nodes that kwok plays', count, 3)
  .parse()
  .opts<{ nodes: number }>();
await using cluster = await startControlPlane({ nodes, log: console.log });
await installIstioCrds(cluster.kubeconfig);
console.log(`
Kubernetes with Istio's CRDs and ${nodes} played nodes is up. Use it from another terminal:

  export KUBECONFIG=${cluster.kubeconfig}

Ctrl-C ends it and removes its files (${cluster.stateDirectory}).`);
const signal = new AbortController();
await Promise.race(['SIGINT', 'SIGTERM'].map((name) => once(process, name, signal)));
signal.abort();
