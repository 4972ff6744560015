import type { Revision } from '../api/revision.ts';
import type { Workload } from '../api/workload.ts';

/**
 * Whether a step to the revision gives the workload's proxies keys: the backend's, that of redaction markers. They go into a container `istio-proxy` whose
 * image Istio's injector fills in: pods that are not injected would never start with it.
 */
export function takesKey(workload: Workload, goal: Revision | undefined): boolean {
  const hasKey = goal?.data.publicKey !== undefined || goal?.data.redactionKeyDigest !== undefined;
  return hasKey && workload.isInjected;
}

/** It was brought to the revision before its pods were injected: one more step gives it the key. */
export function lacksKey(workload: Workload, goal: Revision | undefined): boolean {
  return (
    takesKey(workload, goal) && workload.step?.revision === goal?.id && workload.step?.hasKey === undefined
  );
}
