import type { Action } from '../api/actions.ts';
import { AgentError } from '../api/errors.ts';
import { refetchedAtLabel } from '../api/names.ts';
import type { Revision } from '../api/revision.ts';
import { hasCode } from '../cluster/api-error.ts';
import type { ClusterClient } from '../cluster/client.ts';
import type { EventPoster } from '../cluster/events.ts';
import { collectionPath, isKind, kinds, objectPath, type IstioKind } from '../cluster/kinds.ts';
import type { KubernetesObject } from '../cluster/kubernetes-object.ts';
import { applyObject, applyWholeObject, deleteObject } from '../cluster/server-side-apply.ts';
import type { Owner } from '../render/metadata.ts';
import { restartPatch } from '../workloads/template-patch.ts';
import type { Cache } from './cache.ts';
import {
  controllerRevision,
  controllerRevisionName,
  failurePatch,
  stablePatch,
} from './controller-revision.ts';
import { trimControllerRevision, trimIstioObject, trimPod, trimWorkload } from './items.ts';

export interface ApplyContext {
  readonly client: ClusterClient;
  readonly cache: Cache;
  readonly events: EventPoster;
  readonly agent: Owner;
  readonly revisions: readonly Revision[];
}

/** Executes actions in order, up to the first that fails. What was written is in the cache at once. */
export async function applyActions(context: ApplyContext, actions: readonly Action[]): Promise<void> {
  for (const action of actions) await applyAction(context, action);
}

async function applyAction(context: ApplyContext, action: Action): Promise<void> {
  const { client, cache, events, agent } = context;
  switch (action.kind) {
    case 'CreateRevision':
      return createRevision(context, action.revision);
    case 'MarkStable':
      return annotateRevision(context, action.revisionId, stablePatch(action.since));
    case 'MarkFailed':
      return annotateRevision(context, action.revisionId, failurePatch(action.failure));
    case 'DeleteRevision': {
      const name = controllerRevisionName(agent, action.revisionId);
      await deleteObject(client, { kind: 'ControllerRevision', namespace: agent.namespace, name });
      cache.controllerRevisions.remove({ namespace: agent.namespace, name });
      return;
    }
    case 'Apply': {
      const { kind } = action.resource;
      const object = await applyWholeObject(client, action.resource);
      if (isKind(kind)) cache.istio.get(kind as IstioKind)?.upsert(trimIstioObject(kinds[kind], object));
      return;
    }
    case 'Prune': {
      const { kind, name } = action.resource;
      if (!isKind(kind)) throw new Error(`kind ${kind} is not one that the operator deletes`);
      await deleteObject(client, { kind, namespace: agent.namespace, name });
      cache.istio.get(kind as IstioKind)?.remove({ namespace: agent.namespace, name });
      return;
    }
    case 'SetWorkloadRevision':
      return setWorkloadRevision(context, action);
    case 'RefetchModule':
      return refetchModule(context, action);
    case 'Event':
      await events.post(agent, action);
  }
}

async function createRevision({ client, cache, agent }: ApplyContext, revision: Revision): Promise<void> {
  try {
    const object = await client.json<KubernetesObject>({
      method: 'POST',
      path: collectionPath('ControllerRevision', agent.namespace),
      body: controllerRevision(agent, revision),
    });
    cache.controllerRevisions.upsert(trimControllerRevision(object));
  } catch (error) {
    // Made by a run whose answer was lost: its name says its content.
    if (!hasCode(error, 409)) throw error;
  }
}

async function annotateRevision(context: ApplyContext, revisionId: string, body: object): Promise<void> {
  const { client, cache, agent } = context;
  const name = controllerRevisionName(agent, revisionId);
  const object = await client.json<KubernetesObject>({
    method: 'PATCH',
    path: objectPath({ kind: 'ControllerRevision', namespace: agent.namespace, name }),
    body,
    contentType: 'application/merge-patch+json',
  });
  cache.controllerRevisions.upsert(trimControllerRevision(object));
}

async function setWorkloadRevision(
  { client, cache, agent, revisions }: ApplyContext,
  { workloadKind, workloadName, step }: Extract<Action, { kind: 'SetWorkloadRevision' }>,
): Promise<void> {
  const present = cache.workloads[workloadKind].get(agent.namespace, workloadName);
  if (!present) {
    const message = `${workloadKind} ${agent.namespace}/${workloadName}: it is gone`;
    throw new AgentError('ApplyFailed', message, { retryable: true });
  }
  const publicKey = revisions.find(({ id }) => id === step.revision)?.data.publicKey;
  const workload = { kind: workloadKind, name: workloadName };
  const patch = restartPatch({ agent, workload, step, publicKey });
  // With the uid a workload that was deleted meanwhile is not made anew.
  const object = await applyObject(client, { ...patch, metadata: { ...patch.metadata, uid: present.uid } });
  cache.workloads[workloadKind].upsert(trimWorkload(workloadKind, object));
}

async function refetchModule(
  { client, cache, agent }: ApplyContext,
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
