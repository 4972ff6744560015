import { hasCode } from '../../cluster/api-error.ts';
import { failureText } from '../failure-text.ts';
import { readyCondition } from '../view/agents.ts';
import type { Check } from './check.ts';
import { someOf } from './some-of.ts';
import { podName } from './agent-pod.ts';

const remedy =
  "allow TCP port 15020 from the control plane to the nodes, or from the operator's pods to the selected pods";

export const proxyPort: Check = {
  code: 'SP014',
  name: 'Port 15020 of the proxies',
  async run(facts) {
    const blind = (await facts.agents()).filter((agent) => readyCondition(agent)?.reason === 'Unverified');
    if (blind.length > 0) {
      const names = blind.map(({ namespace, name }) => `${namespace}/${name}`);
      return {
        state: 'Doubtful',
        message: `the operator cannot ask the proxies of ${someOf(names)}`,
        remedy,
      };
    }
    const answers = await facts.proxies();
    if (answers.length === 0) return { state: 'Skipped', message: 'no selected pod with a sidecar is ready' };
    const failed = answers.flatMap((answer) => ('error' in answer ? [answer] : []));
    if (failed.some(({ error }) => hasCode(error, 403))) {
      return {
        state: 'Skipped',
        message: 'you may not get pods/proxy; the operator reports no problem with it',
      };
    }
    const [first] = failed;
    if (first === undefined)
      return { state: 'Good', message: `all ${answers.length} proxies that were asked answer` };
    return {
      state: 'Doubtful',
      message: `closed to the API server for ${failed.length} of ${answers.length} proxies that were asked: ${someOf(failed.map(({ pod }) => podName(pod)))}: ${failureText(first.error)}`,
      remedy,
    };
  },
};
