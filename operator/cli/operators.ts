import { z } from 'zod';
import type { ClusterClient } from '../cluster/client.ts';
import { collectionPath } from '../cluster/kinds.ts';
import { listAll } from '../cluster/list-pages.ts';

const versionLabel = 'app.kubernetes.io/version';

/** Of the Deployment and its pods, by the chart. */
export const operatorSelector = 'app.kubernetes.io/name=sp-agent';

const deployments = z.array(
  z.object({
    metadata: z.object({
      namespace: z.string(),
      name: z.string(),
      labels: z.record(z.string(), z.string()).default({}),
    }),
    spec: z.object({ replicas: z.int().default(1) }),
    status: z.object({ readyReplicas: z.int().default(0) }).prefault({}),
  }),
);

/** A Deployment of the operator. */
export interface OperatorDeployment {
  readonly namespace: string;
  readonly name: string;
  readonly replicas: number;
  readonly readyReplicas: number;
  readonly version: string | undefined;
}

/** Those in the cluster, by the label that the chart sets. */
export async function findOperators(client: ClusterClient): Promise<OperatorDeployment[]> {
  const query = { labelSelector: operatorSelector };
  const objects = await listAll(client, { path: collectionPath('Deployment'), query });
  return deployments.parse(objects).map(({ metadata, spec, status }) => ({
    namespace: metadata.namespace,
    name: metadata.name,
    ...spec,
    ...status,
    version: metadata.labels[versionLabel],
  }));
}
