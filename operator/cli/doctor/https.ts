import { hasCode } from '../../cluster/api-error.ts';
import type { Check } from './check.ts';
import { someOf } from './some-of.ts';
import { podName } from './agent-pod.ts';

export const https: Check = {
  code: 'SP017',
  name: 'HTTPS of applications',
  async run(facts) {
    const sees = (await facts.proxies()).filter(({ pod }) => pod.agent.spec.direction !== 'Inbound');
    const answered = sees.flatMap((answer) => ('connections' in answer ? [answer] : []));
    if (answered.length === 0) {
      const isForbidden = sees.some((answer) => 'error' in answer && hasCode(answer.error, 403));
      const message = isForbidden ? 'you may not get pods/proxy' : 'no proxy of an outbound agent answers';
      return { state: 'Skipped', message };
    }
    const opaque = answered.filter(({ connections }) => connections.size > 0);
    if (opaque.length === 0) {
      const message = `no connection that only bytes are seen of, in ${answered.length} proxies that were asked`;
      return { state: 'Good', message };
    }
    const destinations = [...new Set(opaque.flatMap(({ connections }) => [...connections.keys()]))];
    return {
      state: 'Doubtful',
      message: `${someOf(opaque.map(({ pod }) => podName(pod)))} opened connections whose requests the proxy cannot see, to ${someOf(destinations)}: HTTPS that the application begins, or another protocol`,
      remedy: 'where that is HTTPS, let the sidecar begin it: docs/modes.md',
    };
  },
};
