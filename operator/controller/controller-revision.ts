import {
  failureAnnotation,
  resourceRevisionLabel,
  rolloutMemoryAnnotation,
  stableSinceAnnotation,
} from '../api/names.ts';
import { formatRolloutMemory, type RolloutMemory } from '../api/rollout-memory.ts';
import type { Revision, RevisionFailure } from '../api/revision.ts';
import { agentMetadata, type Owner } from '../render/metadata.ts';

/** A revision as it is stored in the cluster: `trimControllerRevision` reads it back. */
export function controllerRevision(agent: Owner, revision: Revision) {
  const metadata = agentMetadata(agent, controllerRevisionName(agent, revision.id));
  return {
    apiVersion: 'apps/v1',
    kind: 'ControllerRevision',
    metadata: { ...metadata, labels: { ...metadata.labels, [resourceRevisionLabel]: revision.id } },
    revision: revision.number,
    data: revision.data,
  };
}

export function controllerRevisionName(agent: Pick<Owner, 'name'>, revisionId: string): string {
  return `${agent.name}-${revisionId}`;
}

/** Merge patches. A failure stays when a later attempt succeeds: the two times show which came last. */
export function stablePatch(since: string) {
  return { metadata: { annotations: { [stableSinceAnnotation]: since } } };
}

export function failurePatch(failure: RevisionFailure) {
  return { metadata: { annotations: { [failureAnnotation]: JSON.stringify(failure) } } };
}

export function memoryPatch(memory: RolloutMemory) {
  return { metadata: { annotations: { [rolloutMemoryAnnotation]: formatRolloutMemory(memory) } } };
}

export function clearedFailurePatch(memory: RolloutMemory) {
  const { annotations } = memoryPatch(memory).metadata;
  return { metadata: { annotations: { ...annotations, [failureAnnotation]: null } } };
}
