import type { Action } from '../api/actions.ts';
import type { Pod } from '../api/pod.ts';
import type { Problem } from '../api/problem.ts';
import type { Snapshot } from '../api/snapshot.ts';

/** The first wait is for what comes of istiod's own push to a pod that has become ready. */
const seconds = { firstWait: 10, shortestWait: 10, longestWait: 300 } as const;
/** In one run; the next ones have their turn in the next. */
const podsMax = 50;

export interface Refetches {
  readonly actions: readonly Action[];
  /** Seconds until the next pod is due; undefined if none is waited for. */
  readonly nextLook: number | undefined;
}

/**
 * Pods whose proxies must be made to fetch the module again: they started while nobody served it, say. Istio's agent
 * stops after its last retry, until istiod pushes again; a label that changes on a pod makes istiod push to its proxy
 * (pilot/pkg/serviceregistry/kube/controller/pod.go, `labelFilter`). Nothing restarts.
 */
export function planRefetches({ now, pods, revisions }: Snapshot, conflict: Problem | undefined): Refetches {
  if (conflict !== undefined) return { actions: [], nextLook: undefined };
  const known = new Set(revisions.map(({ id }) => id));
  const lacking = pods.filter(
    (pod) => pod.revision !== undefined && known.has(pod.revision) && lacksModule(pod),
  );
  // By an answer that is as new as that: meanwhile a push for another reason may have brought the module.
  const due = lacking.filter((pod) => (pod.askedAt ?? 0) >= dueAt(pod, now)).slice(0, podsMax);
  const next = Math.min(
    ...lacking.map((pod) => dueAt(due.includes(pod) ? { ...pod, refetchedAt: now } : pod, now)),
  );
  return {
    actions: refetch(due, now),
    nextLook: Number.isFinite(next) ? Math.max(1, Math.ceil((next - now) / 1000)) : undefined,
  };
}

function refetch(due: readonly Pod[], now: number): Action[] {
  const [first] = due;
  if (first === undefined) return [];
  const others = due.length === 1 ? '' : ` and ${due.length - 1} others`;
  return [
    ...due.map(({ name }) => ({ kind: 'RefetchModule', podName: name, at: Math.floor(now / 1000) }) as const),
    {
      kind: 'Event',
      type: 'Normal',
      reason: 'Refetching',
      message: `pod ${first.name}${others}: Istio's agent could not fetch the module; it is made to try again`,
    },
  ];
}

function lacksModule({ verification }: Pod): boolean {
  return verification.state === 'NotVerified' && verification.cause === 'NotFetched';
}

/** A running proxy that was switched lacks the module since then. */
function lackingSince({
  revision,
  templateRevision,
  readySince,
  askedSince,
}: Omit<Pod, 'refetchedAt'>): number | undefined {
  if (readySince === undefined || revision === templateRevision) return readySince;
  return Math.max(readySince, askedSince ?? readySince);
}

/** Each wait is about as long as all before it together. */
function dueAt({ refetchedAt, ...pod }: Pod, now: number): number {
  const since = lackingSince(pod);
  if (since === undefined) return Number.POSITIVE_INFINITY;
  if (refetchedAt === undefined || refetchedAt > now) return since + seconds.firstWait * 1000;
  const wait = Math.min(
    Math.max(refetchedAt - since, seconds.shortestWait * 1000),
    seconds.longestWait * 1000,
  );
  return refetchedAt + wait;
}
