import type { Pod } from '../api/pod.ts';

/** More than clocks of nodes differ. Seconds. */
const clockSeconds = 10;

/**
 * Pods whose proxy refused a module that may be another author's: Istio's agent counts all of them together, and istiod may not have
 * pushed ours yet. Certain is that it is ours where a proxy of the same workload, which runs another revision or none, has since
 * loaded every module that it was given.
 */
export function doubtfulRefusals(pods: readonly Pod[]): ReadonlySet<Pod> {
  return new Set(pods.filter((pod) => isRefused(pod) && !pods.some((other) => isWitness(other, pod))));
}

export function isRefused({ verification }: Pick<Pod, 'verification'>): boolean {
  return verification.state === 'NotVerified' && verification.cause === 'Refused';
}

function isWitness(other: Pod, pod: Pod): boolean {
  if (other.workload !== pod.workload || other.revision === pod.revision) return false;
  const since = pod.revision === pod.templateRevision ? pod.readySince : pod.askedSince;
  const { modulesLoadedAt } = other;
  return (
    since !== undefined && modulesLoadedAt !== undefined && modulesLoadedAt - since >= clockSeconds * 1000
  );
}
