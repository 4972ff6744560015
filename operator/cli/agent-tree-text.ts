import type { SpAgent } from '../api/schema.ts';
import type { AgentObserver } from './agent-observer.ts';
import { tableText } from './print.ts';
import type { Terminal } from './terminal.ts';
import { agentTree } from './view/agent-tree.ts';
import { diagnoseAgent } from './view/diagnose-agent.ts';

/** One agent as a tree, as it is now, with the cause and a command where it is not Ready. */
export async function agentTreeText(
  agent: SpAgent,
  observer: AgentObserver,
  paint: Terminal['paint'],
): Promise<string> {
  const { operator, ...observed } = await observer.observe(agent);
  const diagnosis = diagnoseAgent(agent, operator);
  const advice = diagnosis ? `\nCause  ${diagnosis.cause}\nRun    ${diagnosis.command}\n` : '';
  return tableText(agentTree(agent, { ...observed, now: Date.now() }), paint) + advice;
}
