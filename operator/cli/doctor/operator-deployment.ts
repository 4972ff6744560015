import { z } from 'zod';
import type { ClusterClient } from '../../cluster/client.ts';
import { collectionPath } from '../../cluster/kinds.ts';
import { listAll } from '../../cluster/list-pages.ts';
import type { Check } from './check.ts';

const deployments = z.array(
  z.object({
    metadata: z.object({ namespace: z.string(), name: z.string() }),
    spec: z.object({ replicas: z.int().default(1) }),
    status: z.object({ readyReplicas: z.int().default(0) }).prefault({}),
  }),
);

type OperatorDeployment = z.output<typeof deployments>[number];

/** By the label that the chart sets. */
async function findOperators(client: ClusterClient): Promise<OperatorDeployment[]> {
  const query = { labelSelector: 'app.kubernetes.io/name=sp-agent' };
  return deployments.parse(await listAll(client, { path: collectionPath('Deployment'), query }));
}

export const operatorDeployment: Check = {
  name: 'Operator',
  async run({ client }) {
    const found = await findOperators(client);
    const [first] = found;
    if (first === undefined) {
      return {
        state: 'Bad',
        message: 'no Deployment carries the label app.kubernetes.io/name=sp-agent',
        remedy: 'helm install sp-agent charts/ -n sp-system --create-namespace',
      };
    }
    const names = found.map(({ metadata: { namespace, name } }) => `${namespace}/${name}`).join(', ');
    if (found.length > 1) {
      return {
        state: 'Doubtful',
        message: `several are installed: ${names}`,
        remedy: 'keep one, or give each its own watchNamespaces',
      };
    }
    const { metadata, spec, status } = first;
    const message = `Deployment ${names}: ${status.readyReplicas} of ${spec.replicas} pods are ready`;
    if (status.readyReplicas >= spec.replicas) return { state: 'Good', message };
    return {
      state: status.readyReplicas === 0 ? 'Bad' : 'Doubtful',
      message,
      remedy: `kubectl -n ${metadata.namespace} describe deployment ${metadata.name}`,
    };
  },
};
