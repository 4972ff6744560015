import { listVisibleAgents } from '../agents.ts';
import { selectedPods } from '../pods.ts';
import type { Check } from './check.ts';

const shownMax = 5;

export const sidecars: Check = {
  code: 'SP007',
  name: 'Sidecars',
  async run(connection) {
    const agents = (await listVisibleAgents(connection)).map(({ agent }) => agent);
    const pods = (
      await Promise.all(
        agents.map(async (agent) =>
          (await selectedPods(connection.client, agent)).map((pod) => ({
            ...pod,
            namespace: agent.namespace,
          })),
        ),
      )
    ).flat();
    if (pods.length === 0) return { state: 'Skipped', message: 'no agent selects a pod' };
    const missing = pods.filter(({ hasSidecar, isDeleting }) => !hasSidecar && !isDeleting);
    const [first] = missing;
    if (first === undefined) return { state: 'Good', message: `all ${pods.length} selected pods have one` };
    const shown = missing.slice(0, shownMax).map(({ namespace, name }) => `${namespace}/${name}`);
    const more = missing.length > shownMax ? ` and ${missing.length - shownMax} more` : '';
    return {
      state: 'Bad',
      message: `${missing.length} of ${pods.length} selected pods have none: ${shown.join(', ')}${more}`,
      remedy: `kubectl label namespace ${first.namespace} istio-injection=enabled, then restart the workloads`,
    };
  },
};
