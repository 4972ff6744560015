import { z } from 'zod';
import { agentLabel } from '../api/names.ts';
import type { Revision } from '../api/revision.ts';
import { parseRevisionData, revisionSpecSchema } from '../api/revision-schema.ts';
import type { SpAgent } from '../api/schema.ts';
import type { ClusterClient } from '../cluster/client.ts';
import { collectionPath } from '../cluster/kinds.ts';
import { listAll } from '../cluster/list-pages.ts';
import { revisionId } from '../render/revision.ts';

const revisionObject = z.looseObject({
  metadata: z.looseObject({ name: z.string() }),
  spec: revisionSpecSchema,
});

/** A revision as it is kept in the cluster. */
export type KeptRevision = Pick<Revision, 'id' | 'number' | 'data'>;

/** The revisions of an agent, oldest first. Objects that the operator did not write are left out, as the operator does. */
export async function listRevisions(
  client: ClusterClient,
  { namespace, name }: Pick<SpAgent, 'namespace' | 'name'>,
): Promise<KeptRevision[]> {
  const objects = await listAll(client, {
    path: collectionPath('SpAgentRevision', namespace),
    query: { labelSelector: `${agentLabel}=${name}` },
  });
  return objects
    .flatMap((object) => keptRevision(object, name) ?? [])
    .toSorted((left, right) => left.number - right.number);
}

function keptRevision(object: unknown, agentName: string): KeptRevision | undefined {
  const parsed = revisionObject.safeParse(object);
  if (!parsed.success) return undefined;
  const { metadata, spec } = parsed.data;
  try {
    const data = parseRevisionData(spec.data);
    const id = revisionId(data);
    return metadata.name === `${agentName}-${id}` ? { id, number: spec.number, data } : undefined;
  } catch {
    return undefined;
  }
}
