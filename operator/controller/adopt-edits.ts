import type { Action } from '../api/actions.ts';
import { podRevisionLabel } from '../api/names.ts';
import { hasCode } from '../cluster/api-error.ts';
import { adoptFields } from '../cluster/adopt-fields.ts';
import type { ClusterClient } from '../cluster/client.ts';
import type { Owner } from '../render/metadata.ts';
import { isWorkloadKind } from '../workloads/kinds.ts';
import type { Cache } from './cache.ts';
import { pathsOf } from './field-owners.ts';
import { trimWorkload } from './items.ts';

/** Takes fields of ours in a workload from those who edited them. */
export async function adoptEdits(
  { client, cache }: { readonly client: ClusterClient; readonly cache: Cache },
  { namespace, name: agentName }: Owner,
  { workload, fields, revision }: Extract<Action, { kind: 'AdoptEdits' }>,
): Promise<void> {
  const { kind, name, uid } = workload;
  if (!isWorkloadKind(kind)) throw new Error(`kind ${kind} is not one that the operator restarts`);
  const paths = fields.flatMap((field) => pathsOf(field, agentName));
  const path = ['spec', 'template', 'metadata', 'labels', podRevisionLabel(agentName)];
  const expected = revision === undefined ? {} : { expected: { path, value: revision } };
  try {
    const object = await adoptFields(client, { kind, namespace, name, uid, fields: paths, ...expected });
    cache.workloads.get(kind)?.upsert(trimWorkload(kind, object));
  } catch (error) {
    // Gone, or changed meanwhile: the next run sees what is there.
    if (![404, 409, 422].some((code) => hasCode(error, code))) throw error;
  }
}
