import type { Action } from '../api/actions.ts';
import { abortAnnotation, promoteAnnotation, refetchedAtLabel, retryAnnotation } from '../api/names.ts';
import type { Revision } from '../api/revision.ts';
import type { SpAgent } from '../api/schema.ts';
import { hasCode } from '../cluster/api-error.ts';
import type { ClusterClient } from '../cluster/client.ts';
import type { EventPoster } from '../cluster/events.ts';
import { collectionPath, objectPath, type ObjectKey } from '../cluster/kinds.ts';
import type { KubernetesObject } from '../cluster/kubernetes-object.ts';
import { applyObject, applyWholeObject, deleteObject } from '../cluster/server-side-apply.ts';
import type { Owner } from '../render/metadata.ts';
import { isWorkloadKind, workloadKinds } from '../workloads/kinds.ts';
import { restartPatch } from '../workloads/template-patch.ts';
import { adoptEdits } from './adopt-edits.ts';
import type { Cache } from './cache.ts';
import { labelPods } from './label-pods.ts';
import { trimAgent, trimIstioObject, trimPod, trimRevision, trimWorkload } from './items.ts';
import { statusOf, type Mark } from './marks.ts';
import { revisionName, revisionObject } from './revision-object.ts';

export interface ApplyContext {
  readonly client: ClusterClient;
  readonly cache: Cache;
  readonly events: EventPoster;
  /** Asks the filter about a revision's configuration, and keeps the answer for the next run. */
  checkConfiguration(agent: SpAgent, revision: Pick<Revision, 'id' | 'data'>): Promise<void>;
}

/** Executes one action. What was written is in the cache at once. */
export async function applyAction(context: ApplyContext, agent: Owner, action: Action): Promise<void> {
  const { client, cache, events } = context;
  switch (action.kind) {
    case 'SetFinalizers':
      return setFinalizers(context, agent, action);
    case 'CheckConfiguration':
      return context.checkConfiguration(action.agent, action.revision);
    case 'CreateRevision':
      return createRevision(context, agent, action);
    case 'MarkStable':
    case 'MarkFailed':
    case 'ClearFailure':
    case 'Remember':
      return markRevision(context, agent, [action]);
    case 'AcknowledgeRetry':
      return acknowledgeRetry(context, agent);
    case 'AcknowledgePromotion':
      return acknowledgePromotion(context, agent, action);
    case 'DeleteRevision': {
      const key = revisionKey(agent, action.revisionId);
      await deleteOwned(client, key, action);
      cache.revisions.remove(key);
      return;
    }
    case 'Apply': {
      const { kind } = action.resource;
      const object = await applyWholeObject(client, action.resource);
      cache.istio.get(kind)?.upsert(trimIstioObject(kind, object));
      return;
    }
    case 'Prune': {
      const { kind, name } = action.resource;
      const { namespace } = agent;
      await deleteOwned(client, { kind, namespace, name }, action);
      cache.istio.get(kind)?.remove({ namespace, name });
      return;
    }
    case 'SetWorkloadRevision':
      return setWorkloadRevision(context, agent, action);
    case 'AdoptEdits':
      return adoptEdits(context, agent, action);
    case 'LabelPods':
      return labelPods(context, agent, action);
    case 'RefetchModule':
      return refetchModule(context, agent, action);
    case 'Event':
      await events.post(agent, action);
  }
}

async function deleteOwned(
  client: ClusterClient,
  key: ObjectKey,
  { isCollected = false }: Extract<Action, { kind: 'Prune' | 'DeleteRevision' }>,
): Promise<void> {
  try {
    await deleteObject(client, key);
  } catch (error) {
    if (!isCollected || !hasCode(error, 403)) throw error;
  }
}

function revisionKey(agent: Owner, revisionId: string): ObjectKey {
  const name = revisionName(agent, revisionId);
  return { kind: 'SpAgentRevision', namespace: agent.namespace, name };
}

async function acknowledgeRetry(context: ApplyContext, agent: Owner): Promise<void> {
  // An older request to abort would stop the new attempt.
  await patchMetadata(context, agent, { annotations: { [retryAnnotation]: null, [abortAnnotation]: null } });
}

async function acknowledgePromotion(
  context: ApplyContext,
  agent: Owner,
  { resourceVersion }: Extract<Action, { kind: 'AcknowledgePromotion' }>,
): Promise<void> {
  try {
    await patchMetadata(context, agent, { resourceVersion, annotations: { [promoteAnnotation]: null } });
  } catch (error) {
    // Gone, or changed: the next run sees what is there.
    if (!hasCode(error, 404) && !hasCode(error, 409)) throw error;
  }
}

async function setFinalizers(
  context: ApplyContext,
  agent: Owner,
  { finalizers, resourceVersion }: Extract<Action, { kind: 'SetFinalizers' }>,
): Promise<void> {
  try {
    await patchMetadata(context, agent, { finalizers, resourceVersion });
  } catch (error) {
    // Gone already.
    if (!hasCode(error, 404)) throw error;
  }
}

async function patchMetadata(
  { client, cache }: ApplyContext,
  { namespace, name }: Owner,
  metadata: object,
): Promise<void> {
  const object = await client.json<KubernetesObject>({
    method: 'PATCH',
    path: objectPath({ kind: 'SpAgent', namespace, name }),
    body: { metadata },
    contentType: 'application/merge-patch+json',
  });
  cache.agents.upsert(trimAgent(object));
}

async function createRevision(
  context: ApplyContext,
  agent: Owner,
  { revision, agentSpec }: Extract<Action, { kind: 'CreateRevision' }>,
): Promise<void> {
  const { client, cache } = context;
  const create = () =>
    client.json<KubernetesObject>({
      method: 'POST',
      path: collectionPath('SpAgentRevision', agent.namespace),
      body: revisionObject(agent, revision, agentSpec),
    });
  try {
    cache.revisions.upsert(trimRevision(await create()));
  } catch (error) {
    if (!hasCode(error, 409)) throw error;
    const key = revisionKey(agent, revision.id);
    const present = await client.json<KubernetesObject>({ path: objectPath(key) });
    const item = trimRevision(present);
    // Created by a run whose answer was lost.
    if (item.revision !== undefined && item.ownerUid === agent.uid) {
      cache.revisions.upsert(item);
      return;
    }
    // Somebody else's, in the place of ours.
    await deleteObject(client, key, { uid: present.metadata.uid });
    cache.revisions.upsert(trimRevision(await create()));
  }
}

/** Writes marks of one revision, all at once. */
export async function markRevision(
  { client, cache }: ApplyContext,
  agent: Owner,
  marks: readonly [Mark, ...Mark[]],
): Promise<void> {
  const object = await client.json<KubernetesObject>({
    method: 'PATCH',
    path: objectPath(revisionKey(agent, marks[0].revisionId), 'status'),
    body: { status: statusOf(marks) },
    contentType: 'application/merge-patch+json',
  });
  cache.revisions.upsert(trimRevision(object));
}

async function setWorkloadRevision(
  { client, cache }: ApplyContext,
  agent: Owner,
  { workload, step, publicKey, hasRedactionKey }: Extract<Action, { kind: 'SetWorkloadRevision' }>,
): Promise<void> {
  const { kind, name, uid } = workload;
  if (!isWorkloadKind(kind)) throw new Error(`kind ${kind} is not one that the operator restarts`);
  const { apiVersion } = workloadKinds[kind];
  const patch = restartPatch({
    agent,
    workload: { apiVersion, kind, name },
    step,
    publicKey,
    hasRedactionKey,
  });
  // With the uid a workload that was deleted meanwhile is not created again.
  const object = await applyObject(client, { ...patch, metadata: { ...patch.metadata, uid } });
  cache.workloads.get(kind)?.upsert(trimWorkload(kind, object));
}

async function refetchModule(
  { client, cache }: ApplyContext,
  agent: Owner,
  { podName, at }: Extract<Action, { kind: 'RefetchModule' }>,
): Promise<void> {
  try {
    const object = await client.json<KubernetesObject>({
      method: 'PATCH',
      path: objectPath({ kind: 'Pod', namespace: agent.namespace, name: podName }),
      body: { metadata: { labels: { [refetchedAtLabel]: String(at) } } },
      contentType: 'application/merge-patch+json',
    });
    cache.pods.upsert(trimPod(object));
  } catch (error) {
    // Gone: the one that takes its place fetches by itself. A conflict: it is tried again when it is due.
    if (!hasCode(error, 404) && !hasCode(error, 409)) throw error;
  }
}
