import { agentLabel, groupVersion, resourceRevisionLabel, revisionKind } from '../api/names.ts';
import { parseRevisionData, revisionSpecSchema, revisionStatusSchema } from '../api/revision-schema.ts';
import { parseRolloutMemory } from '../api/rollout-memory.ts';
import type { Revision, RevisionFailure } from '../api/revision.ts';
import type { SpAgentSpec } from '../api/schema.ts';
import type { KubernetesObject } from '../cluster/kubernetes-object.ts';
import { agentMetadata, type Owner } from '../render/metadata.ts';
import { revisionId } from '../render/revision.ts';

/** A revision as it is kept in the cluster: `readRevision` reads it back. */
export function revisionObject(agent: Owner, { id, number, data }: Revision, agentSpec: SpAgentSpec) {
  const metadata = agentMetadata(agent, revisionName(agent, id));
  return {
    apiVersion: groupVersion,
    kind: revisionKind,
    metadata: { ...metadata, labels: { ...metadata.labels, [resourceRevisionLabel]: id } },
    spec: { number, data, agentSpec },
  };
}

export function revisionName(agent: Pick<Owner, 'name'>, revisionId: string): string {
  return `${agent.name}-${revisionId}`;
}

/**
 * Parses the object, and computes its digest again: whoever may write such objects must not make the operator apply what it has
 * not decided itself.
 *
 * @throws where it is not one that the operator wrote, saying why.
 */
export function readRevision(object: KubernetesObject): Revision {
  const { metadata, spec, status } = object as KubernetesObject & {
    readonly spec?: unknown;
    readonly status?: unknown;
  };
  const { number, data: kept } = revisionSpecSchema.parse(spec);
  const data = parseRevisionData(kept);
  const id = revisionId(data);
  const name = revisionName({ name: metadata.labels?.[agentLabel] ?? '' }, id);
  if (metadata.name !== name) throw new Error(`its data give the name ${name}`);
  const { stableSince, failure, memory } = revisionStatusSchema.catch({}).parse(status ?? {});
  return {
    id,
    number,
    data,
    createdAt: metadata.creationTimestamp,
    stableSince,
    failure: failure as RevisionFailure | undefined,
    memory: parseRolloutMemory(memory),
  };
}
