import type { Action, Decision, RolloutProgress } from '../api/actions.ts';
import { finalizer } from '../api/names.ts';
import type { Resource } from '../api/resource.ts';
import type { Observation, Snapshot } from '../api/snapshot.ts';
import { desiredResources } from '../render/desired.ts';
import { planRollout } from '../rollout/plan.ts';
import { acknowledgePromotion } from './acknowledge-promotion.ts';
import { cacheNotice } from './cache-notice.ts';
import { findConflict, heldByOthers } from './conflict.ts';
import { decideDeletion } from './deletion.ts';
import { deriveStatus } from './derive-status.ts';
import { driftedResources } from './drift.ts';
import { keepsRendering } from './former-renderer.ts';
import { nextLook } from './next-look.ts';
import { prunableResources } from './prune.ts';
import { planRefetches } from './refetch.ts';
import { decideRefusal } from './refusal.ts';
import { planRetry } from './retry.ts';
import { decideUnobserved } from './unobserved.ts';
import { renderedRevisions, retainedRevisions } from './retain.ts';
import { findTarget, type Target } from './target.ts';

/**
 * What follows from what a run found: the only place where anything is decided. Pure, and safe to stop after any action: the next
 * run decides from what it finds.
 */
export function decide(observed: Observation): Decision {
  switch (observed.state) {
    case 'Deleted':
      return decideDeletion(observed);
    case 'Refused':
      return decideRefusal(observed);
    case 'Unobserved':
      return decideUnobserved(observed);
    case 'Readable':
      return decideReadable(observed);
  }
}

function decideReadable(observed: Snapshot): Decision {
  const conflict = findConflict(observed);
  // The earlier agent gets the pods: nothing of this one is prepared.
  const target: Target = conflict ? { state: 'None', problem: undefined } : findTarget(observed);
  if (target.state === 'Unchecked' && observed.failure === undefined) {
    // The answer is there at once; until then the status stays as it is.
    return {
      actions: [[...protect(observed), target.check]],
      status: undefined,
      question: undefined,
      nextLook: 0,
    };
  }
  const retry = planRetry(observed, 'revision' in target ? target.revision : undefined);
  const revision = retry.target;
  const revisions = observed.revisions.map((one) => (one.id === revision?.id ? revision : one));
  const snapshot = {
    ...observed,
    revisions: target.state === 'New' ? [...revisions, target.revision] : revisions,
  };
  // A kind that the mesh has lost cannot be applied; the target's problem says so.
  const rendered = renderedRevisions(snapshot, revision?.id);
  const desired = desiredResources(snapshot.agent, rendered, snapshot.moduleBaseUrl).filter(({ kind }) =>
    snapshot.mesh.has(kind),
  );
  const obstacle = target.state === 'None' ? target.problem : undefined;
  const plan = planRollout(snapshot, revision, {
    desired,
    heldByOthers: heldByOthers(snapshot),
    conflict,
    obstacle,
  });
  const settle = [...protect(snapshot), ...retry.actions, ...settling(target, snapshot, desired)];
  const rollout = [...plan.actions, ...pruning(snapshot, revision?.id, desired)];
  const refetches = planRefetches(snapshot, conflict);
  const question = plan.progress.step?.question;
  const status = awaitsFirstAnswers(snapshot, plan.progress)
    ? undefined
    : deriveStatus({ snapshot, target: revision, plan, conflict, problem: snapshot.failure ?? obstacle });
  return {
    // What cannot be applied must not keep workloads from being rolled back.
    actions: [
      ...(isRollback(plan.progress) ? [settle, rollout] : [[...settle, ...rollout]]),
      [
        ...(status && !conflict && !obstacle ? cacheNotice(snapshot) : []),
        ...refetches.actions,
        ...acknowledgePromotion(snapshot, revision, plan.progress),
      ],
    ],
    status,
    question,
    nextLook: nextLook(snapshot, [
      plan.nextLook,
      refetches.nextLook,
      question === undefined ? undefined : measureAgainSeconds,
    ]),
  };
}

/** A question that nobody repeats is no longer measured after some minutes, see `measure/measurements.ts`. */
const measureAgainSeconds = 60;

/** A failed canary is rolled back in a single run. */
function isRollback({ state }: RolloutProgress): boolean {
  return state === 'RollingBack' || state === 'RolledBack';
}

/** Seconds after its start for which the operator leaves a status as it is until all proxies were asked. */
const firstAnswersSeconds = 30;

/** An operator that has just started would call a healthy agent's proxies unknown for a moment. */
function awaitsFirstAnswers(snapshot: Snapshot, { state }: RolloutProgress): boolean {
  const { verification, secondsInSync, pods } = snapshot;
  return (
    state === 'Complete' &&
    verification === 'Required' &&
    secondsInSync < firstAnswersSeconds &&
    pods.some(({ isReady, revision, askedAt }) => isReady && revision !== undefined && askedAt === undefined)
  );
}

/** Without the finalizer, a deletion would leave filters behind that call a backend which is gone. */
function protect({ identity: { finalizers, resourceVersion } }: Snapshot): Action[] {
  if (finalizers.includes(finalizer)) return [];
  return [{ kind: 'SetFinalizers', finalizers: [...finalizers, finalizer], resourceVersion }];
}

function settling(target: Target, snapshot: Snapshot, desired: readonly Resource[]): Action[] {
  const drifted = driftedResources(desired, snapshot.owned).filter(
    (resource) => !keepsRendering(resource, snapshot),
  );
  return [
    ...(target.state === 'New'
      ? [{ kind: 'CreateRevision', revision: target.revision, agentSpec: snapshot.agent.spec } as const]
      : []),
    ...drifted.map((resource) => ({ kind: 'Apply', resource }) as const),
  ];
}

function pruning(snapshot: Snapshot, targetId: string | undefined, desired: readonly Resource[]): Action[] {
  const retained = new Set(retainedRevisions(snapshot, targetId).map(({ id }) => id));
  return [
    ...prunableResources(snapshot.owned, desired).map((resource) => ({ kind: 'Prune', resource }) as const),
    ...snapshot.revisions
      .filter(({ id }) => !retained.has(id))
      .map(({ id }) => ({ kind: 'DeleteRevision', revisionId: id }) as const),
  ];
}
