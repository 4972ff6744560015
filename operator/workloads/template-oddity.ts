import type { Oddity, WorkloadObject } from './kind.ts';

/** What a pod template of any kind says about its sidecar. */
export function templateOddity({ spec: { template } }: WorkloadObject): Oddity | undefined {
  const { labels = {}, annotations = {} } = template?.metadata ?? {};
  if ('istio.io/gateway-name' in labels || 'gateway.networking.k8s.io/gateway-name' in labels)
    return 'Gateway';
  if (annotations['inject.istio.io/templates'] === 'gateway') return 'Gateway';
  const inject = labels['sidecar.istio.io/inject'] ?? annotations['sidecar.istio.io/inject'];
  if (inject === 'false') return 'NotInjected';
  if (labels['istio.io/dataplane-mode'] === 'ambient') return 'Ambient';
  // Istio injects no sidecar into such pods, as it would take over the traffic of the node.
  return template?.spec?.hostNetwork === true ? 'HostNetwork' : undefined;
}
