import type { Check } from './check.ts';
import { someOf } from './some-of.ts';
import { podName } from './agent-pod.ts';

export const gateways: Check = {
  code: 'SP013',
  name: 'Gateways',
  async run(facts) {
    const all = await facts.pods();
    if (all.length === 0) return { state: 'Skipped', message: 'no agent selects a pod' };
    const found = all.filter(({ oddity }) => oddity === 'Gateway');
    const [first] = found;
    if (first === undefined) return { state: 'Good', message: 'no selector matches one' };
    const { namespace, name } = first.agent;
    return {
      state: 'Bad',
      message: `${found.length} of ${all.length} selected pods are gateways, where the filter does not run: ${someOf(found.map(podName))}`,
      remedy: `narrow spec.selector of SpAgent ${namespace}/${name}`,
    };
  },
};
