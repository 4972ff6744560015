import { listAgents, readAgent, type FoundAgent } from '../agents.ts';
import { connect, type ClusterOptions, type Connection } from '../cluster-command.ts';
import { UsageFailure } from '../failure.ts';
import type { StatusFormat } from '../formats.ts';
import { agentsText } from '../status-text.ts';
import type { Terminal } from '../terminal.ts';
import type { AgentScope } from '../watch-agents.ts';
import { untilInterrupted } from '../wait.ts';

interface StatusOptions extends ClusterOptions {
  readonly allNamespaces?: boolean;
  readonly watch?: boolean;
  readonly output: StatusFormat;
}

export async function run(
  terminal: Terminal,
  name: string | undefined,
  options: StatusOptions,
): Promise<void> {
  if (name !== undefined && options.allNamespaces) {
    throw new UsageFailure('give either a name or --all-namespaces: a name is unique in its namespace only');
  }
  await using connection = await connect(terminal, options);
  const scope = { namespace: options.allNamespaces ? undefined : connection.namespace, name };
  const show = await textMaker(terminal, connection, { scope, format: options.output });
  // Also before a watch: its errors would be tried again for ever.
  const found = await find(connection, scope);
  if (!options.watch) return terminal.out(await show(found));
  const isDrawn = terminal.isTerminal && (options.output === 'table' || options.output === 'wide');
  const { logChanges, redrawOnChange } = await import('../follow-agents.ts');
  await untilInterrupted(terminal, () =>
    isDrawn
      ? redrawOnChange(terminal, connection.client, { scope, show })
      : logChanges(terminal, connection.client, { scope, format: options.output }),
  );
}

async function find(connection: Connection, { namespace, name }: AgentScope): Promise<FoundAgent[]> {
  if (name !== undefined) return [await readAgent(connection, name)];
  return listAgents(connection.client, namespace);
}

/** @returns what shows the agents: one as a tree, or all as the format says. */
async function textMaker(
  terminal: Terminal,
  { client }: Connection,
  { scope, format }: { readonly scope: AgentScope; readonly format: StatusFormat },
): Promise<(found: readonly FoundAgent[]) => Promise<string>> {
  if (scope.name === undefined || format !== 'table') {
    return (found) => Promise.resolve(agentsText(found, { scope, format, paint: terminal.paint }));
  }
  // Only for a tree: what asks the proxies takes a while to load.
  const { AgentObserver } = await import('../agent-observer.ts');
  const { agentTreeText } = await import('../agent-tree-text.ts');
  const { paint } = terminal;
  const observer = new AgentObserver(client);
  return async (found) =>
    found[0] ? agentTreeText(found[0].agent, observer, paint) : agentsText(found, { scope, format, paint });
}
