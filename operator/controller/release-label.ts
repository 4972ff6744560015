import type { Action } from '../api/actions.ts';
import { podRevisionLabel } from '../api/names.ts';
import { hasCode } from '../cluster/api-error.ts';
import type { ClusterClient } from '../cluster/client.ts';
import { releaseField } from '../cluster/release-field.ts';
import type { Owner } from '../render/metadata.ts';
import { isWorkloadKind } from '../workloads/kinds.ts';
import type { Cache } from './cache.ts';
import { trimWorkload } from './items.ts';

/** Takes the revision label of a workload's template from those who edited it. */
export async function releaseLabel(
  { client, cache }: { readonly client: ClusterClient; readonly cache: Cache },
  { namespace, name: agentName }: Owner,
  { workload, revision }: Extract<Action, { kind: 'ReleaseLabel' }>,
): Promise<void> {
  const { kind, name, uid } = workload;
  if (!isWorkloadKind(kind)) throw new Error(`kind ${kind} is not one that the operator restarts`);
  const path = ['spec', 'template', 'metadata', 'labels', podRevisionLabel(agentName)];
  try {
    const object = await releaseField(client, { kind, namespace, name, uid, path, value: revision });
    cache.workloads.get(kind)?.upsert(trimWorkload(kind, object));
  } catch (error) {
    // Gone, or changed meanwhile: the next run sees what is there.
    if (![404, 409, 422].some((code) => hasCode(error, code))) throw error;
  }
}
