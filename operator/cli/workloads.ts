import { z } from 'zod';
import type { SpAgent } from '../api/schema.ts';
import type { WorkloadKind } from '../api/workload.ts';
import type { ClusterClient } from '../cluster/client.ts';
import { collectionPath } from '../cluster/kinds.ts';
import { listAll } from '../cluster/list-pages.ts';

const workloadKinds = ['Deployment', 'StatefulSet', 'DaemonSet'] as const satisfies readonly WorkloadKind[];

const workloadList = z.array(
  z.object({
    metadata: z.object({ name: z.string(), generation: z.int().default(0) }),
    spec: z.object({
      replicas: z.int().optional(),
      template: z.object({
        metadata: z.object({ labels: z.record(z.string(), z.string()).default({}) }).prefault({}),
      }),
    }),
    status: z.record(z.string(), z.unknown()).default({}),
  }),
);

/** A workload whose pods an agent selects. */
export interface SelectedWorkload {
  readonly kind: WorkloadKind;
  readonly name: string;
  /** All its pods are of its latest template and ready. */
  readonly isRolled: boolean;
}

export async function selectedWorkloads(
  client: ClusterClient,
  { namespace, spec }: Pick<SpAgent, 'namespace' | 'spec'>,
): Promise<SelectedWorkload[]> {
  const wanted = Object.entries(spec.selector.matchLabels);
  const lists = await Promise.all(
    workloadKinds.map(async (kind) => {
      const items = workloadList.parse(await listAll(client, { path: collectionPath(kind, namespace) }));
      return items
        .filter(({ spec: { template } }) =>
          wanted.every(([key, value]) => template.metadata.labels[key] === value),
        )
        .map((item) => ({ kind, name: item.metadata.name, isRolled: isRolled(kind, item) }));
    }),
  );
  return lists.flat();
}

type Item = z.output<typeof workloadList>[number];

/** Where the API keeps desired, updated, ready and total pods: a DaemonSet has words of its own. */
function isRolled(kind: WorkloadKind, { metadata, spec, status }: Item): boolean {
  const count = (field: string) => Number(status[field] ?? 0);
  const isDaemonSet = kind === 'DaemonSet';
  const desired = isDaemonSet ? count('desiredNumberScheduled') : (spec.replicas ?? 1);
  const now = isDaemonSet
    ? [count('updatedNumberScheduled'), count('numberReady'), count('currentNumberScheduled')]
    : [count('updatedReplicas'), count('readyReplicas'), count('replicas')];
  return count('observedGeneration') >= metadata.generation && now.every((pods) => pods === desired);
}
