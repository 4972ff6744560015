import { podName } from './agent-pod.ts';
import type { Check } from './check.ts';
import { someOf } from './some-of.ts';
import { podsWithoutSidecar } from './without-sidecar.ts';

export const sidecars: Check = {
  code: 'SP007',
  name: 'Sidecars',
  async run(facts) {
    const all = await facts.pods();
    if (all.length === 0) return { state: 'Skipped', message: 'no agent selects a pod' };
    const bare = await podsWithoutSidecar(facts);
    const missing = bare.filter(({ cause }) => cause === 'NotInjectedYet').map(({ pod }) => pod);
    const [first] = missing;
    if (bare.length === 0) return { state: 'Good', message: `all ${all.length} selected pods have one` };
    if (first === undefined)
      return { state: 'Skipped', message: 'the next two findings say why pods have none' };
    return {
      state: 'Bad',
      message: `${missing.length} of ${all.length} selected pods have none, though they are to have one: ${someOf(missing.map(podName))}`,
      remedy: `restart what was created before injection was enabled: ${restartCommand(first.agent.namespace, first.workload)}`,
    };
  },
};

function restartCommand(namespace: string, workload: string | undefined): string {
  const [kind, name] = workload?.split('/') ?? [];
  if (kind === 'Rollout') return `kubectl argo rollouts restart ${name} -n ${namespace}`;
  return `kubectl -n ${namespace} rollout restart ${workload?.toLowerCase() ?? 'deployment'}`;
}
