import type { Command } from 'commander';
import { setTimeout as sleep } from 'node:timers/promises';
import { listAgents, readAgent } from '../agents.ts';
import {
  withClusterOptions,
  connect,
  outputOption,
  type ClusterOptions,
  type Connection,
} from '../cluster-command.ts';
import { UsageFailure } from '../failure.ts';
import { objectsText, tableText, type Format } from '../print.ts';
import type { Terminal } from '../terminal.ts';
import { agentDetail, agentTable } from '../view/agents.ts';

interface StatusOptions extends ClusterOptions {
  readonly allNamespaces?: boolean;
  readonly watch?: boolean;
  readonly output: Format;
}

const refreshMilliseconds = 1000;
const clearScreen = '\x1b[H\x1b[2J';

export function define(command: Command, terminal: Terminal): void {
  withClusterOptions(command)
    .option('-A, --all-namespaces', 'agents of all namespaces')
    .option('-w, --watch', 'show every change until Ctrl-C')
    .addOption(outputOption())
    .action(async (name: string | undefined, options: StatusOptions) => {
      if (name !== undefined && options.allNamespaces) {
        throw new UsageFailure(
          'give either a name or --all-namespaces: a name is unique in its namespace only',
        );
      }
      await using connection = await connect(terminal, options);
      const show = () => showStatus(terminal, connection, { ...options, name });
      if (options.watch) await watch(terminal, show);
      else terminal.out(await show());
    });
}

async function showStatus(
  terminal: Terminal,
  connection: Connection,
  options: StatusOptions & { readonly name: string | undefined },
): Promise<string> {
  const { name, output, allNamespaces } = options;
  const found =
    name === undefined
      ? await listAgents(connection.client, allNamespaces ? undefined : connection.namespace)
      : [await readAgent(connection, name)];
  if (output !== 'table') {
    const objects = found.map(({ object }) => object);
    return objectsText(output, name === undefined ? objects : objects[0]);
  }
  const agents = found.map(({ agent }) => agent);
  const [first] = agents;
  if (first === undefined) {
    const where = allNamespaces ? 'the cluster' : `namespace ${connection.namespace}`;
    return `no SpAgent in ${where}; spagent deploy makes one\n`;
  }
  const tables = name === undefined ? [agentTable(agents, Date.now())] : agentDetail(first, Date.now());
  return tables.map((table) => tableText(table, terminal.paint)).join('\n');
}

/** Draws a terminal anew; a pipe gets each change below the last. */
async function watch(terminal: Terminal, show: () => Promise<string>): Promise<void> {
  let last = '';
  while (!terminal.interrupted.aborted) {
    const text = await show();
    if (text !== last) terminal.out(terminal.isTerminal ? clearScreen + text : text);
    last = text;
    await sleep(refreshMilliseconds, undefined, { signal: terminal.interrupted }).catch(() => undefined);
  }
}
