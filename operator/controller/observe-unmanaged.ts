import type { SpAgent } from '../api/schema.ts';
import type { UnmanagedPods } from '../api/snapshot.ts';
import { selectsPod } from '../render/targets/sidecars.ts';
import { isWorkloadKind } from '../workloads/kinds.ts';
import type { Cache } from './cache.ts';

/** Owners that are shown, the first by kind and name. */
const ownersMax = 20;

/** Running pods that the selector matches and that nothing with a rolling update owns. */
export function observeUnmanaged(cache: Cache, { namespace, spec }: SpAgent): UnmanagedPods[] {
  const replicaSets = new Map([...cache.replicaSets.inNamespace(namespace)].map((one) => [one.uid, one]));
  const found = new Map<string, UnmanagedPods>();
  for (const pod of cache.pods.inNamespace(namespace)) {
    if (pod.isDeleted || pod.isFinished || !selectsPod(spec.selector, pod.labels)) continue;
    if (isWorkloadKind(pod.ownerKind ?? '')) continue;
    // A ReplicaSet that has an owner, or is not seen yet, is part of a workload.
    const replicaSet = replicaSets.get(pod.ownerUid ?? '');
    if (pod.ownerKind === 'ReplicaSet' && (replicaSet === undefined || replicaSet.ownerUid !== undefined))
      continue;
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
