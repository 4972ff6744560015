import { isReady, readyCondition } from '../view/agents.ts';
import type { Check } from './check.ts';
import { someOf } from './some-of.ts';

export const agents: Check = {
  code: 'SP008',
  name: 'Agents',
  async run(facts) {
    const all = await facts.agents();
    if (all.length === 0) return { state: 'Skipped', message: 'no SpAgent yet; spagent deploy creates one' };
    const notReady = all.filter((agent) => !isReady(agent));
    const [first] = notReady;
    if (first === undefined) {
      return { state: 'Good', message: `${all.length} of ${all.length} are Ready` };
    }
    const shown = notReady.map((agent) => {
      const ready = readyCondition(agent);
      return `${agent.namespace}/${agent.name} (${ready?.reason ?? 'not seen by an operator'}): ${ready?.message ?? 'no status'}`;
    });
    return {
      state: 'Bad',
      message: `${all.length - notReady.length} of ${all.length} are Ready; not: ${someOf(shown, '; ')}`,
      remedy: `spagent status -n ${first.namespace} ${first.name}`,
    };
  },
};
