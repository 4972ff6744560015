import { isSameJson } from '../api/same-json.ts';
import type { Revision } from '../api/revision.ts';
import type { TemplateKey, Workload } from '../api/workload.ts';
import { proxyKeys } from '../workloads/proxy-keys.ts';
import type { RolloutContext } from './context.ts';

/**
 * Whether a step to the revision gives the workload's proxies keys: the backend's, that of redaction markers. They go into a container `istio-proxy` whose
 * image Istio's injector fills in: pods that are not injected would never start with it. Some kinds have to have them in their own templates.
 */
export function takesKey(workload: Workload, goal: Revision | undefined): boolean {
  const hasKey = goal?.data.publicKey !== undefined || goal?.data.redactionKeyDigest !== undefined;
  return hasKey && workload.isInjected && workload.templateKeys === undefined;
}

/** It was brought to the revision before its pods were injected: one more step gives it the key. */
export function lacksKey(workload: Workload, goal: Revision | undefined): boolean {
  return (
    takesKey(workload, goal) && workload.step?.revision === goal?.id && workload.step?.hasKey === undefined
  );
}

/** Keys of the goal that only the workload's own template could give to its proxies, and does not give. */
export function missingTemplateKeys(
  { templateKeys }: Workload,
  { snapshot, direction: { goal } }: Pick<RolloutContext, 'snapshot' | 'direction'>,
): TemplateKey[] {
  if (templateKeys === undefined || goal === undefined) return [];
  const { publicKey, redactionKeyDigest } = goal.data;
  const hasRedactionKey = redactionKeyDigest !== undefined;
  const wanted = proxyKeys(snapshot.agent.name, { publicKey, hasRedactionKey });
  return wanted.filter((key) => !templateKeys.some((given) => isSameJson(given, key)));
}
