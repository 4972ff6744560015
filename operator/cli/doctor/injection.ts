import { podName } from './agent-pod.ts';
import type { Check } from './check.ts';
import { someOf } from './some-of.ts';
import { podsWithoutSidecar } from './without-sidecar.ts';

export const injection: Check = {
  code: 'SP011',
  name: 'Injection',
  async run(facts) {
    const all = await facts.pods();
    if (all.length === 0) return { state: 'Skipped', message: 'no agent selects a pod' };
    const bare = await podsWithoutSidecar(facts);
    const ofNamespace = bare.filter(({ cause }) => cause === 'NamespaceNotInjected').map(({ pod }) => pod);
    const [first] = ofNamespace;
    if (first !== undefined) {
      const namespaces = [...new Set(ofNamespace.map(({ agent }) => agent.namespace))];
      return {
        state: 'Bad',
        message: `off in namespace ${someOf(namespaces)}: ${ofNamespace.length} of ${all.length} selected pods have no sidecar: ${someOf(ofNamespace.map(podName))}`,
        remedy: `kubectl label namespace ${first.agent.namespace} istio-injection=enabled, then restart the workloads`,
      };
    }
    const ofPod = bare.filter(({ cause }) => cause === 'PodNotInjected').map(({ pod }) => pod);
    if (ofPod.length > 0) {
      return {
        state: 'Bad',
        message: `off for ${ofPod.length} of ${all.length} selected pods, by sidecar.istio.io/inject or hostNetwork: ${someOf(ofPod.map(podName))}`,
        remedy: 'change that in the pod template, or narrow spec.selector',
      };
    }
    return { state: 'Good', message: 'off for no selected pod' };
  },
};
