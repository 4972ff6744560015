import type { AgentPod } from './agent-pod.ts';
import type { Facts } from './facts.ts';

/** Why a pod has no sidecar that could run the filter. */
export type Cause =
  /** Injection is off: in its namespace, or for the pod itself. */
  | 'NamespaceNotInjected'
  | 'PodNotInjected'
  /** Ambient mode carries its traffic without a sidecar. */
  | 'Ambient'
  /** It is to have one. It may be older than the label of its namespace, or the injector was not there. */
  | 'NotInjectedYet';

export interface BarePod {
  readonly pod: AgentPod;
  readonly cause: Cause;
}

/** The selected pods without a sidecar. Gateways are left out: they have a proxy, of another kind. */
export async function podsWithoutSidecar(facts: Facts): Promise<BarePod[]> {
  const pods = (await facts.pods()).filter(({ hasSidecar, oddity }) => !hasSidecar && oddity !== 'Gateway');
  return Promise.all(
    pods.map(async (pod) => ({ pod, cause: causeOf(pod, await facts.namespaceLabels(pod.agent.namespace)) })),
  );
}

/** @param namespace its labels; undefined where the user may not read them. */
function causeOf(pod: AgentPod, namespace: Readonly<Record<string, string>> | undefined): Cause {
  if (pod.oddity === 'NotInjected' || pod.oddity === 'HostNetwork') return 'PodNotInjected';
  if (pod.oddity === 'Ambient') return 'Ambient';
  if (pod.asksForSidecar || namespace === undefined) return 'NotInjectedYet';
  if (
    namespace['istio.io/dataplane-mode'] === 'ambient' &&
    pod.labels['istio.io/dataplane-mode'] !== 'none'
  ) {
    return 'Ambient';
  }
  const isOn =
    namespace['istio-injection'] === undefined
      ? 'istio.io/rev' in namespace
      : namespace['istio-injection'] === 'enabled';
  return isOn ? 'NotInjectedYet' : 'NamespaceNotInjected';
}
