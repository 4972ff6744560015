import type { FoundAgent } from './agents.ts';
import type { StatusFormat } from './formats.ts';
import { objectsText, tableText, yamlText } from './print.ts';
import type { Terminal } from './terminal.ts';
import type { AgentScope } from './watch-agents.ts';
import { agentLine, agentTable, wideAgentTable } from './view/agents.ts';

/** Agents in the format that the user asked for. */
export function agentsText(
  found: readonly FoundAgent[],
  options: {
    readonly scope: AgentScope;
    readonly format: StatusFormat;
    readonly paint: Terminal['paint'];
  },
): string {
  const { scope, format, paint } = options;
  const agents = found.map(({ agent }) => agent);
  switch (format) {
    case 'json':
    case 'yaml': {
      const objects = found.map(({ object }) => object);
      return objectsText(format, scope.name === undefined ? objects : objects[0]);
    }
    case 'name':
      return agents.map(nameLine).join('');
    case 'table':
    case 'wide': {
      if (agents.length === 0) {
        const place = scope.namespace === undefined ? 'the cluster' : `namespace ${scope.namespace}`;
        return `no SpAgent in ${place}; spagent deploy creates one\n`;
      }
      const table = format === 'wide' ? wideAgentTable : agentTable;
      return tableText(table(agents, Date.now()), paint);
    }
  }
}

/** An agent after a change: one line, or one document for machines. */
export function changeText({ agent, object }: FoundAgent, format: StatusFormat): string {
  switch (format) {
    case 'json':
      return `${JSON.stringify(object)}\n`;
    case 'yaml':
      return `---\n${yamlText(object)}`;
    case 'name':
      return nameLine(agent);
    case 'table':
    case 'wide':
      return `${agentLine(agent)}\n`;
  }
}

function nameLine({ name }: FoundAgent['agent']): string {
  return `spagent.softprobe.ai/${name}\n`;
}
