import { workloadKey } from '../api/names.ts';
import { countsAsRunning, type Pod } from '../api/pod.ts';
import type { Snapshot } from '../api/snapshot.ts';
import type { Workload } from '../api/workload.ts';

/** Whether a pod runs a revision: its label names it, it is ready and, where proxies are asked, its proxy confirmed it. */
export function runsRevision(
  pod: Pod,
  revision: string | undefined,
  verification: Snapshot['verification'],
): boolean {
  return (
    revision !== undefined &&
    pod.revision === revision &&
    pod.isReady &&
    (verification === 'Off' || countsAsRunning(pod.verification))
  );
}

/** Whether a pod is labelled with a revision that it does not run: its proxy will be asked again. */
export function lacksRevision(pod: Pod, revision: string, { verification }: Snapshot): boolean {
  return pod.revision === revision && !runsRevision(pod, revision, verification);
}

/** Snapshots are never changed, and each question about a workload would otherwise look at the pods of all. */
const groups = new WeakMap<readonly Pod[], ReadonlyMap<string, readonly Pod[]>>();

export function podsOf({ kind, name }: Workload, pods: readonly Pod[]): readonly Pod[] {
  let byWorkload = groups.get(pods);
  if (byWorkload === undefined) {
    byWorkload = Map.groupBy(pods, ({ workload }) => workload);
    groups.set(pods, byWorkload);
  }
  return byWorkload.get(workloadKey(kind, name)) ?? [];
}
