import type { SpAgent } from '../../api/schema.ts';
import type { Check } from './check.ts';
import { someOf } from './some-of.ts';

const remedies: Readonly<Record<string, string>> = {
  BackendUnauthorized: 'correct the key in the Secret of spec.backend.publicKeySecret',
  BackendUnreachable:
    'check spec.backend.url, the NetworkPolicies of the namespace, and whether the backend is up; SP016 looks at Sidecar resources',
};

/** What the filters count of their own calls, which the operator reads from the proxies: how it looks from the pods. */
const conditionOf = (agent: SpAgent) =>
  agent.status.conditions?.find(({ type }) => type === 'BackendReachable');

export const backend: Check = {
  code: 'SP015',
  name: 'Backend, from the pods',
  async run(facts) {
    const agents = await facts.agents();
    const failed = agents.filter((agent) => conditionOf(agent)?.status === 'False');
    const [first] = failed;
    if (first !== undefined) {
      const list = failed.map((agent) => {
        const { reason, message } = conditionOf(agent) ?? {};
        return `${agent.namespace}/${agent.name} (${reason}): ${message}`;
      });
      return {
        state: 'Bad',
        message: someOf(list, '; '),
        remedy:
          remedies[conditionOf(first)?.reason ?? ''] ??
          "read the backend's log; does spec.backend.url lead to a Softprobe backend?",
      };
    }
    const good = agents.filter((agent) => conditionOf(agent)?.status === 'True').length;
    if (good === 0) return { state: 'Skipped', message: 'no filter is known to have called one' };
    return { state: 'Good', message: `answers the filters of ${good} of ${agents.length} agents` };
  },
};
