import type { Action } from '../api/actions.ts';
import { AgentError } from '../api/errors.ts';
import { agentKind, finalizer } from '../api/names.ts';
import type { Refusal } from '../api/parse.ts';
import type { SpAgent } from '../api/schema.ts';
import type { Revision } from '../api/revision.ts';
import type { Snapshot } from '../api/snapshot.ts';
import { hasCode } from '../cluster/api-error.ts';
import type { EventPoster } from '../cluster/events.ts';
import { objectPath, type IstioKind } from '../cluster/kinds.ts';
import type { KubernetesObject } from '../cluster/kubernetes-object.ts';
import { desiredResources } from '../render/desired.ts';
import { prunableResources } from '../decide/prune.ts';
import { renderedRevisions, retainedRevisions } from '../decide/retain.ts';
import { wantedRevision } from '../render/revision.ts';
import { planRollout } from '../rollout/plan.ts';
import { planRefetches } from '../decide/refetch.ts';
import { applyActions } from './apply.ts';
import { hasDrifted } from './drift.ts';
import { observe, type World } from './observe.ts';
import { isNewRefusal, refusedStatus } from './refused-status.ts';
import { statusOf, type Problem } from '../decide/derive-status.ts';
import { writeStatus } from './write-status.ts';
import { trimAgent, type AgentItem } from './items.ts';

export interface ReconcileContext extends World {
  readonly events: EventPoster;
  /** Told of each action before it is executed. */
  readonly acting: (agentKey: string, action: Action) => void;
}

/** Secrets, ConfigMaps with sources and failed downloads send no events: they are looked at again that often. */
const unwatchedSeconds = 30;
/** Proxies that were verified are asked again that often: one may have lost its filter since. */
const verifiedSeconds = 300;

/**
 * One run for one agent: observe, plan, apply, status. Each starts from what it finds, so that a run that was cut off anywhere is
 * finished by the next.
 * @returns seconds until the next look, if nothing happens before.
 */
export async function reconcile(context: ReconcileContext, agentKey: string): Promise<number | undefined> {
  const [namespace = '', name = ''] = agentKey.split('/');
  const item = context.cache.agents.get(namespace, name);
  if (!item) return undefined;
  if (item.isDeleted) {
    await finalize(context, item);
    return undefined;
  }
  if ('error' in item.parsed) {
    await refuse(context, item, item.parsed);
    return undefined;
  }
  if (!item.finalizers.includes(finalizer))
    await setFinalizers(context, item, [...item.finalizers, finalizer]);
  return visit(context, item.parsed.agent);
}

/** Told once for each fault. What runs is left as it is; the next look comes with the next change of the agent. */
async function refuse(context: ReconcileContext, item: AgentItem, refusal: Refusal): Promise<void> {
  const { client, cache, events } = context;
  const status = refusedStatus(refusal, { generation: item.generation, now: Date.now() });
  if (isNewRefusal(refusal)) {
    const event = { type: 'Warning', reason: 'SpecInvalid', message: refusal.error } as const;
    context.acting(`${item.namespace}/${item.name}`, { kind: 'Event', ...event });
    await events.post(item, event);
  }
  const written = await writeStatus(client, { ...item, status: refusal.status }, status);
  if (written) cache.agents.upsert(trimAgent(written));
}

async function visit(context: ReconcileContext, agent: SpAgent): Promise<number | undefined> {
  const observed = await observe(context, agent);
  const { target, problem: obstacle } = targetOf(observed);
  const isNew = target !== undefined && !observed.revisions.includes(target);
  const snapshot = isNew ? { ...observed, revisions: [...observed.revisions, target] } : observed;
  // A kind that the mesh has lost cannot be applied; the status says so for the target.
  const desired = desiredResources(agent, renderedRevisions(snapshot, target?.id)).filter(({ kind }) =>
    context.cache.istio.has(kind as IstioKind),
  );
  const plan = planRollout(snapshot, target, { desired, obstacle });

  const settle: Action[] = [
    ...(isNew ? [{ kind: 'CreateRevision', revision: target } as const] : []),
    ...desired
      .filter((resource) => hasDrifted(resource, actualOf(context, resource)))
      .map((resource) => ({ kind: 'Apply', resource }) as const),
  ];
  let failure = await attempt(context, snapshot, settle);
  // What could not be applied must not keep workloads from going back.
  if (!failure || plan.progress.state === 'RollingBack') {
    const rest = [...plan.actions, ...pruning(snapshot, retainedRevisions(snapshot, target?.id), desired)];
    failure = (await attempt(context, snapshot, rest)) ?? failure;
  }
  const refetches = planRefetches(snapshot);
  const refetchFailure = await attempt(context, snapshot, refetches.actions);
  failure ??= refetchFailure;
  const problem = failure ? problemOf(failure) : obstacle;
  const written = await writeStatus(context.client, agent, statusOf({ snapshot, target, plan, problem }));
  if (written) context.cache.agents.upsert(trimAgent(written));
  if (failure) throw failure;
  const wait = Math.min(
    plan.requeueSeconds ?? Infinity,
    refetches.requeueSeconds ?? Infinity,
    hasUnwatched(snapshot) ? unwatchedSeconds : Infinity,
    snapshot.verification === 'Required' ? verifiedSeconds : Infinity,
  );
  return Number.isFinite(wait) ? wait : undefined;
}

function targetOf(snapshot: Snapshot): { readonly target?: Revision; readonly problem?: Problem } {
  const { agent, artifact, mesh, publicKey, revisions } = snapshot;
  // The earlier agent has the pods: nothing of this one is prepared.
  if (snapshot.conflict || artifact.state !== 'Ready') return {};
  const wanted = wantedRevision({ agent, artifact: artifact.artifact, mesh, publicKey });
  if ('reason' in wanted) {
    const message = `${agentKind} ${agent.namespace}/${agent.name}: ${wanted.message}`;
    return { problem: { reason: wanted.reason, message } };
  }
  const present = revisions.find(({ id }) => id === wanted.id);
  if (present) return { target: present };
  const { configuration } = snapshot;
  if (configuration.state === 'Refused') {
    return { problem: { reason: configuration.reason, message: configuration.message } };
  }
  return {
    target: {
      id: wanted.id,
      number: 1 + Math.max(0, ...revisions.map(({ number }) => number)),
      data: wanted.data,
      createdAt: new Date(snapshot.now).toISOString(),
      stableSince: undefined,
      failure: undefined,
    },
  };
}

function pruning(
  snapshot: Snapshot,
  retained: readonly Revision[],
  desired: Parameters<typeof prunableResources>[1],
): Action[] {
  const kept = new Set(retained.map(({ id }) => id));
  return [
    ...prunableResources(snapshot.owned, desired).map((resource) => ({ kind: 'Prune', resource }) as const),
    ...snapshot.revisions
      .filter(({ id }) => !kept.has(id))
      .map(({ id }) => ({ kind: 'DeleteRevision', revisionId: id }) as const),
  ];
}

function actualOf(
  context: ReconcileContext,
  resource: { kind: string; metadata: { namespace: string; name: string } },
) {
  const { namespace, name } = resource.metadata;
  return context.cache.istio.get(resource.kind as IstioKind)?.get(namespace, name);
}

/** @returns what stopped it. */
async function attempt(
  context: ReconcileContext,
  snapshot: Snapshot,
  actions: readonly Action[],
): Promise<Error | undefined> {
  const { client, cache, events } = context;
  const { agent, revisions } = snapshot;
  const agentKey = `${agent.namespace}/${agent.name}`;
  try {
    for (const action of actions) {
      context.acting(agentKey, action);
      await applyActions({ client, cache, events, agent, revisions }, [action]);
    }
    return undefined;
  } catch (error) {
    return error instanceof Error ? error : new Error(String(error));
  }
}

function problemOf(error: Error): Problem {
  return { reason: error instanceof AgentError ? error.reason : 'ApplyFailed', message: error.message };
}

function hasUnwatched({ agent, source, artifact, configuration }: Snapshot): boolean {
  return (
    agent.spec.backend.publicKeySecret !== undefined ||
    !source.isWatched ||
    artifact.state === 'Failed' ||
    (configuration.state === 'Refused' && configuration.retryable)
  );
}

/** Plug-ins first: proxies drop the filter at once, nothing restarts. Then the rest, then the finalizer. */
async function finalize(context: ReconcileContext, item: AgentItem): Promise<void> {
  if (!item.finalizers.includes(finalizer)) return;
  const { cache, events, client } = context;
  const agent = { namespace: item.namespace, name: item.name, uid: item.uid };
  const owned = [...cache.istio.values()]
    .flatMap((store) => [...store.inNamespace(item.namespace)])
    .filter(({ ownerUid }) => ownerUid === item.uid);
  const revisions = [...cache.controllerRevisions.inNamespace(item.namespace)].filter(
    (revision) => revision.kind === 'Revision' && revision.ownerUid === item.uid,
  );
  await events.post(agent, {
    type: 'Normal',
    reason: 'Deleting',
    message: 'removing the filter from the proxies',
  });
  const actions: Action[] = prunableResources(owned, []).map((resource) => ({ kind: 'Prune', resource }));
  for (const revision of revisions) {
    if (revision.kind === 'Revision') {
      actions.push({ kind: 'DeleteRevision', revisionId: revision.revision.id });
    }
  }
  for (const action of actions) context.acting(`${agent.namespace}/${agent.name}`, action);
  await applyActions({ client, cache, events, agent, revisions: [] }, actions);
  await setFinalizers(
    context,
    item,
    item.finalizers.filter((other) => other !== finalizer),
  );
}

/** With the resourceVersion, so that another's finalizer is not lost. */
async function setFinalizers(
  { client, cache }: ReconcileContext,
  { namespace, name, resourceVersion }: AgentItem,
  finalizers: readonly string[],
): Promise<void> {
  try {
    const object = await client.json<KubernetesObject>({
      method: 'PATCH',
      path: objectPath({ kind: 'SpAgent', namespace, name }),
      body: { metadata: { finalizers, resourceVersion } },
      contentType: 'application/merge-patch+json',
    });
    cache.agents.upsert(trimAgent(object));
  } catch (error) {
    if (!hasCode(error, 404)) throw error;
  }
}
