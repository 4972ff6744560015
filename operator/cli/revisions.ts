import { z } from 'zod';
import { agentLabel } from '../api/names.ts';
import type { Revision } from '../api/revision.ts';
import { parseRevisionData, revisionSpecSchema } from '../api/revision-schema.ts';
import { specSchema, type SpAgent, type SpAgentSpec } from '../api/schema.ts';
import type { ClusterClient } from '../cluster/client.ts';
import { collectionPath } from '../cluster/kinds.ts';
import { listAll } from '../cluster/list-pages.ts';
import { revisionId } from '../render/revision.ts';

const revisionObject = z.looseObject({
  metadata: z.looseObject({ name: z.string() }),
  spec: revisionSpecSchema,
});

/** A revision as it is kept in the cluster. */
export interface KeptRevision extends Pick<Revision, 'id' | 'number' | 'data'> {
  /** Spec of the agent that asked for it; undefined where an older operator created the revision. */
  readonly agentSpec: SpAgentSpec | undefined;
}

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
    if (metadata.name !== `${agentName}-${id}`) return undefined;
    const agentSpec = specSchema.safeParse(spec.agentSpec);
    return { id, number: spec.number, data, agentSpec: agentSpec.success ? agentSpec.data : undefined };
  } catch {
    return undefined;
  }
}
