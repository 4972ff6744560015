import type { Revision } from '../api/revision.ts';
import type { Snapshot } from '../api/snapshot.ts';
import { isSameJson } from '../api/same-json.ts';
import { stableRevision } from '../api/stable-revision.ts';
import { selectorData } from '../render/targets/sidecars.ts';

type Seen = Pick<Snapshot, 'agent' | 'revisions' | 'workloads' | 'pods'>;

/**
 * Revisions to render, oldest first: what a selected pod runs or may run again, the target, and the stable one. A former one
 * gets the present selector: a pod that is selected no longer keeps its label until its workload's next rollout, and must not
 * keep the filter. The stable one is left as it is, so that a selector that is wrong takes no filter away.
 */
export function renderedRevisions(snapshot: Seen, targetId: string | undefined): Revision[] {
  const { agent, revisions } = snapshot;
  const named = namedIds(snapshot, targetId);
  const used = usedIds(snapshot, targetId);
  const stableId = stableRevision(revisions)?.id;
  const selector = selectorData(agent.spec.selector);
  return revisions
    .filter(
      (revision) => used.has(revision.id) || (named.has(revision.id) && hasExpressions(revision, selector)),
    )
    .map((revision) =>
      revision.id === stableId ? revision : { ...revision, data: { ...revision.data, ...selector } },
    );
}

/** Istio's selectors have no expressions: a pod that the present ones leave out keeps the filter as long as its revision is there. */
function hasExpressions({ data }: Revision, { matchExpressions }: ReturnType<typeof selectorData>): boolean {
  return isSameJson(data.matchExpressions, matchExpressions);
}

/**
 * Revisions to keep, oldest first: those that are rendered and, as history, the newest others up to
 * `spec.revisionHistoryLimit`, good ones before failed ones.
 */
export function retainedRevisions(snapshot: Seen, targetId: string | undefined): Revision[] {
  const named = namedIds(snapshot, targetId);
  const history = snapshot.revisions
    .filter(({ id }) => !named.has(id))
    .reverse()
    .sort((a, b) => Number(!!a.failure) - Number(!!b.failure))
    .slice(0, snapshot.agent.spec.revisionHistoryLimit);
  const kept = new Set(history.map(({ id }) => id));
  return snapshot.revisions.filter(({ id }) => named.has(id) || kept.has(id));
}

/** What may run again: `kubectl rollout undo` brings back what a ReplicaSet names. */
function namedIds(seen: Seen, targetId: string | undefined) {
  return new Set([
    ...usedIds(seen, targetId),
    ...seen.workloads.flatMap(({ retainedRevisions }) => retainedRevisions),
  ]);
}

function usedIds({ revisions, pods, workloads }: Seen, targetId: string | undefined) {
  return new Set([
    targetId,
    stableRevision(revisions)?.id,
    ...pods.map((pod) => pod.revision),
    ...workloads.flatMap((workload) => [workload.templateRevision, workload.step?.revision]),
  ]);
}
