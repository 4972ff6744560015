import type { SpAgent } from '../api/schema.ts';
import type { UnmanagedPods } from '../api/snapshot.ts';
import { selectsPod } from '../render/targets/sidecars.ts';
import { isWorkloadKind } from '../workloads/kinds.ts';
import type { Cache } from './cache.ts';
import type { PodItem } from './items.ts';

/** Owners that are shown, the first by kind and name. */
const ownersMax = 20;

/** Running pods that the selector matches and that nothing with a rolling update owns. */
export function observeUnmanaged(cache: Cache, { namespace, spec }: SpAgent): UnmanagedPods[] {
  const found = new Map<string, UnmanagedPods>();
  for (const pod of cache.pods.inNamespace(namespace)) {
    if (pod.isDeleted || pod.isFinished || isManaged(cache, pod)) continue;
    if (!selectsPod(spec.selector, pod.labels)) continue;
    const owner = { kind: pod.ownerKind ?? 'Pod', name: pod.ownerName ?? pod.name };
    const key = `${owner.kind}/${owner.name}`;
    const { total = 0, ready = 0 } = found.get(key) ?? {};
    found.set(key, { ...owner, total: total + 1, ready: ready + (pod.isReady ? 1 : 0) });
  }
  return [...found]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .slice(0, ownersMax)
    .map(([, pods]) => pods);
}

/** Most pods are: their owner shows it, before any label is compared. */
function isManaged(cache: Cache, { namespace, ownerKind = '', ownerName = '', ownerUid }: PodItem): boolean {
  if (isWorkloadKind(ownerKind)) return true;
  if (ownerKind !== 'ReplicaSet') return false;
  const replicaSet = cache.replicaSets.get(namespace, ownerName);
  // One that has an owner, or is not seen yet, is part of a workload.
  return replicaSet?.uid !== ownerUid || replicaSet?.ownerUid !== undefined;
}
