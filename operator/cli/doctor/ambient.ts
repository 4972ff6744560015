import { podName } from './agent-pod.ts';
import type { Check } from './check.ts';
import { someOf } from './some-of.ts';
import { podsWithoutSidecar } from './without-sidecar.ts';

export const ambient: Check = {
  code: 'SP012',
  name: 'Ambient mode',
  async run(facts) {
    const all = await facts.pods();
    if (all.length === 0) return { state: 'Skipped', message: 'no agent selects a pod' };
    const pods = (await podsWithoutSidecar(facts)).filter(({ cause }) => cause === 'Ambient');
    if (pods.length === 0) return { state: 'Good', message: 'carries no selected pod' };
    return {
      state: 'Bad',
      message: `carries ${pods.length} of ${all.length} selected pods, which have no sidecar for the filter: ${someOf(pods.map(({ pod }) => podName(pod)))}`,
      remedy: 'use sidecars there: remove istio.io/dataplane-mode, enable injection, restart the workloads',
    };
  },
};
