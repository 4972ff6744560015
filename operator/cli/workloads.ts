import { z } from 'zod';
import type { SpAgent } from '../api/schema.ts';
import type { ClusterClient } from '../cluster/client.ts';
import { discoverKinds } from '../cluster/discovery.ts';
import { collectionPath } from '../cluster/kinds.ts';
import { listAll } from '../cluster/list-pages.ts';
import { selectsPod } from '../render/targets/sidecars.ts';
import {
  customWorkloadKinds,
  isCustomWorkloadKind,
  workloadKindNames,
  workloadKinds,
  type WorkloadKindName,
} from '../workloads/kinds.ts';
import type { WorkloadObject } from '../workloads/kind.ts';
import { isRolledOut, readWorkload } from '../workloads/read-workload.ts';

/** The API server has checked the form of the rest. */
const workloadList = z.array(
  z.custom<WorkloadObject & { readonly metadata: { readonly name: string } }>(
    (object) => z.looseObject({ metadata: z.looseObject({ name: z.string() }) }).safeParse(object).success,
  ),
);

/** A workload whose pods an agent selects. */
export interface SelectedWorkload {
  readonly kind: WorkloadKindName;
  readonly name: string;
  readonly isRolledOut: boolean;
}

/** The kinds of workloads that the cluster has. */
export async function servedWorkloadKinds(client: ClusterClient): Promise<WorkloadKindName[]> {
  const custom = await discoverKinds(client, customWorkloadKinds);
  return workloadKindNames.filter((kind) => !isCustomWorkloadKind(kind) || custom.has(kind));
}

export async function selectedWorkloads(
  client: ClusterClient,
  { namespace, spec }: Pick<SpAgent, 'namespace' | 'spec'>,
): Promise<SelectedWorkload[]> {
  const lists = await Promise.all(
    (await servedWorkloadKinds(client)).map(async (kind) => {
      const objects = workloadList.parse(await listAll(client, { path: collectionPath(kind, namespace) }));
      return objects
        .map((object) => ({ kind, name: object.metadata.name, ...readWorkload(workloadKinds[kind], object) }))
        .filter(({ templateLabels }) => selectsPod(spec.selector, templateLabels))
        .map((workload) => ({ kind, name: workload.name, isRolledOut: isRolledOut(workload) }));
    }),
  );
  return lists.flat();
}
