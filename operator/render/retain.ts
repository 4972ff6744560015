import type { Revision, Snapshot } from '../api/snapshot.ts';
import { stableRevision } from '../api/stable-revision.ts';

type Seen = Pick<Snapshot, 'agent' | 'revisions' | 'workloads' | 'pods'>;

/** Revisions to render, oldest first: what a selected pod runs or may run again, the target, and the stable one. */
export function namedRevisions(snapshot: Seen, targetId: string | undefined): Revision[] {
  const named = new Set([
    targetId,
    stableRevision(snapshot.revisions)?.id,
    ...snapshot.pods.map((pod) => pod.revision),
    ...snapshot.workloads.flatMap((workload) => [
      workload.templateRevision,
      workload.step?.revision ?? undefined,
      ...workload.retainedRevisions,
    ]),
  ]);
  return snapshot.revisions.filter(({ id }) => named.has(id));
}

/**
 * Revisions to keep, oldest first: those that are rendered and, as history, the newest others up to
 * `spec.revisionHistoryLimit`, good ones before failed ones.
 */
export function retainedRevisions(snapshot: Seen, targetId: string | undefined): Revision[] {
  const named = new Set(namedRevisions(snapshot, targetId));
  const history = snapshot.revisions
    .filter((revision) => !named.has(revision))
    .sort((a, b) => Number(!!a.failure) - Number(!!b.failure) || b.number - a.number)
    .slice(0, snapshot.agent.spec.revisionHistoryLimit);
  const kept = new Set([...named, ...history]);
  return snapshot.revisions.filter((revision) => kept.has(revision));
}
