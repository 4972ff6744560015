import type { Action } from '../api/actions.ts';
import type { Pod } from '../api/pod.ts';
import type { Revision } from '../api/revision.ts';
import { isSameJson } from '../api/same-json.ts';
import type { Snapshot } from '../api/snapshot.ts';
import { stableRevision } from '../api/stable-revision.ts';
import type { Workload } from '../api/workload.ts';
import { workloadKey } from '../api/names.ts';
import type { RolloutContext } from './context.ts';
import { openFailure } from './direction.ts';
import { memoryOf } from './memory.ts';
import { podsOf } from './runs-revision.ts';

/**
 * Whether a label moves the running pod to the revision. The backend's key reaches a proxy by the environment of its container alone,
 * so that it must have been started with the same one: the backend would refuse every call. Without the key of redaction markers the
 * filter looks up no request in which it redacts something, which is safe until the pod is restarted.
 * @param id undefined: no revision.
 */
export function canSwitchLive(
  pod: Pick<Pod, 'templateRevision'>,
  id: string | undefined,
  snapshot: Pick<Snapshot, 'revisions'>,
): boolean {
  if (id === undefined) return true;
  const { revision, started } = revisionsOf(pod, id, snapshot);
  if (revision === undefined) return false;
  const { publicKey } = revision.data;
  return publicKey === undefined || isSameJson(started?.data.publicKey, publicKey);
}

/** Whether the pod's proxy was started with the key of redaction markers that the revision needs, if it needs one. */
export function hasRedactionKey(
  pod: Pick<Pod, 'templateRevision'>,
  id: string | undefined,
  snapshot: Pick<Snapshot, 'revisions'>,
): boolean {
  const { revision, started } = revisionsOf(pod, id, snapshot);
  const digest = revision?.data.redactionKeyDigest;
  return digest === undefined || started?.data.redactionKeyDigest === digest;
}

/** The revision, and the one that the pod was started with. */
function revisionsOf(
  { templateRevision }: Pick<Pod, 'templateRevision'>,
  id: string | undefined,
  { revisions }: Pick<Snapshot, 'revisions'>,
): { readonly revision: Revision | undefined; readonly started: Revision | undefined } {
  return {
    revision: revisions.find((one) => one.id === id),
    started: revisions.find((one) => one.id === templateRevision),
  };
}

/**
 * Puts pods back that run what no step wants them to run: a revision that failed, or a canary's whose rollout was left. All at
 * once, whatever else waits: this is what takes users' traffic off a bad revision, long before its pods are replaced.
 */
export function switchBack(context: RolloutContext): Action[] {
  const byRevision = Map.groupBy(strayPods(context), (pod) => homeOf(pod, context));
  return [...byRevision].flatMap(([revision, pods]) => {
    const where = revision === undefined ? 'no revision' : `revision ${revision}`;
    const message = `${podsText(pods)}: switched back to ${where} without a restart`;
    return [
      labelPods(pods, revision),
      { kind: 'Event', type: 'Normal', reason: 'SwitchedBack', message } as const,
    ];
  });
}

/** Pods that are about to be put back. */
export function strayPods(context: RolloutContext): Pod[] {
  const { snapshot, direction } = context;
  if (direction.kind === 'Hold') return [];
  return snapshot.pods.filter((pod) => {
    if (!isStray(pod, context)) return false;
    const home = homeOf(pod, context);
    return home !== pod.revision && canSwitchLive(pod, home, snapshot);
  });
}

function isStray(
  { revision, templateRevision }: Pod,
  { snapshot, direction: { kind, goal } }: RolloutContext,
): boolean {
  if (revision === goal?.id) return false;
  if (kind !== 'RollBack' && templateRevision === goal?.id) return true;
  if (revision === undefined || revision === stableRevision(snapshot.revisions)?.id) return false;
  return revision !== templateRevision || hasFailed(revision, snapshot);
}

/** What a pod that leaves its revision runs instead. */
function homeOf(pod: Pod, context: RolloutContext): string | undefined {
  const { snapshot, direction } = context;
  const { templateRevision } = pod;
  if (direction.kind === 'RollBack' || templateRevision === direction.goal?.id) return direction.goal?.id;
  const stable = stableRevision(snapshot.revisions);
  if (hasFailed(templateRevision, snapshot)) return stable?.id;
  const workload = snapshot.workloads.find(({ kind, name }) => workloadKey(kind, name) === pod.workload);
  return workload !== undefined && isLiveAt(workload, stable) ? stable?.id : templateRevision;
}

/** Whether the workload was last updated to the revision without a restart, so that its template does not name it. */
export function isLiveAt({ uid }: Pick<Workload, 'uid'>, revision: Revision | undefined): boolean {
  const memory = revision?.memory.workloads[uid];
  return memory?.isLive === true && memory.goal === revision?.id;
}

/** New pods of workloads that are updated without a restart: long before a sidecar has started, it gets the revision. */
export function labelNewPods(context: RolloutContext): Action[] {
  const { snapshot, direction, target } = context;
  if (direction.kind === 'Hold') return [];
  const stable = stableRevision(snapshot.revisions);
  return snapshot.workloads.flatMap((workload) => {
    const isUpdated = memoryOf(workload, context)?.isLive === true;
    const revision = isUpdated ? direction.goal?.id : isLiveAt(workload, stable) ? stable?.id : undefined;
    if (revision === undefined) return [];
    const pods = podsOf(workload, snapshot.pods).filter(
      (pod) =>
        pod.revision !== revision && pod.revision !== target.id && canSwitchLive(pod, revision, snapshot),
    );
    return pods.length === 0 ? [] : [labelPods(pods, revision)];
  });
}

function hasFailed(id: string | undefined, { revisions }: Snapshot): boolean {
  const revision = revisions.find((one) => one.id === id);
  return revision !== undefined && openFailure(revision) !== undefined;
}

/** Sets or removes the label of running pods, all at once. */
export function labelPods(pods: readonly Pod[], revision: string | undefined): Action {
  return { kind: 'LabelPods', pods: pods.map(({ name, uid }) => ({ name, uid })), revision };
}

/** `pod a, pod b and 3 others` */
export function podsText(pods: readonly Pick<Pod, 'name'>[]): string {
  const shown = pods.slice(0, 3).map(({ name }) => `pod ${name}`);
  const rest = pods.length - shown.length;
  return rest === 0 ? shown.join(', ') : `${shown.join(', ')} and ${rest} others`;
}
