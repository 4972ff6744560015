import type { Revision, Snapshot } from '../api/snapshot.ts';
import { stableRevision } from '../api/stable-revision.ts';

/**
 * Revisions to keep, oldest first: whatever a pod runs or may run again, the target, the stable one, and for a rollback the
 * newest others up to `spec.revisionHistoryLimit`, good ones before failed ones.
 */
export function retainedRevisions(
  snapshot: Pick<Snapshot, 'agent' | 'revisions' | 'workloads' | 'pods'>,
  targetId: string | undefined,
): Revision[] {
  const needed = new Set([
    targetId,
    stableRevision(snapshot.revisions)?.id,
    ...snapshot.pods.map((pod) => pod.revision),
    ...snapshot.workloads.flatMap((workload) => [
      workload.templateRevision,
      workload.step?.revision ?? undefined,
      ...workload.retainedRevisions,
    ]),
  ]);
  const history = snapshot.revisions
    .filter(({ id }) => !needed.has(id))
    .sort((a, b) => Number(!!a.failure) - Number(!!b.failure) || b.number - a.number)
    .slice(0, snapshot.agent.spec.revisionHistoryLimit);
  const kept = new Set(history.map(({ id }) => id));
  return snapshot.revisions.filter(({ id }) => needed.has(id) || kept.has(id));
}
