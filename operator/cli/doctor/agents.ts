import { listVisibleAgents } from '../agents.ts';
import { isReady, readyCondition } from '../view/agents.ts';
import type { Check } from './check.ts';

const shownMax = 5;
/** Nothing in the cluster shows that it is so: what is missing from the recordings is all that a user sees. */
const limitOfSidecars =
  'HTTPS that an application begins itself is not visible to any of them (docs/modes.md)';

export const agents: Check = {
  code: 'SP008',
  name: 'Agents',
  async run(connection) {
    const all = (await listVisibleAgents(connection)).map(({ agent }) => agent);
    if (all.length === 0) return { state: 'Skipped', message: 'no SpAgent yet; spagent deploy creates one' };
    const notReady = all.filter((agent) => !isReady(agent));
    const [first] = notReady;
    if (first === undefined) {
      return { state: 'Good', message: `${all.length} of ${all.length} are Ready; ${limitOfSidecars}` };
    }
    const shown = notReady.slice(0, shownMax).map((agent) => {
      const ready = readyCondition(agent);
      return `${agent.namespace}/${agent.name} (${ready?.reason ?? 'not seen by an operator'}): ${ready?.message ?? 'no status'}`;
    });
    const more = notReady.length > shownMax ? [`and ${notReady.length - shownMax} more`] : [];
    return {
      state: 'Bad',
      message: `${all.length - notReady.length} of ${all.length} are Ready; not: ${[...shown, ...more].join('; ')}`,
      remedy: `spagent status -n ${first.namespace} ${first.name}`,
    };
  },
};
