import { Option, type Command } from 'commander';
import { setTimeout as sleep } from 'node:timers/promises';
import type { SpAgent } from '../../api/schema.ts';
import { listAgents, readAgent, type FoundAgent } from '../agents.ts';
import { connect, withClusterOptions, type ClusterOptions, type Connection } from '../cluster-command.ts';
import { UsageFailure } from '../failure.ts';
import { findOperators } from '../operators.ts';
import { selectedPods } from '../pods.ts';
import { objectsText, tableText } from '../print.ts';
import type { Terminal } from '../terminal.ts';
import { agentTree } from '../view/agent-tree.ts';
import { agentLine, agentTable, wideAgentTable } from '../view/agents.ts';
import { diagnoseAgent, type OperatorState } from '../view/diagnose-agent.ts';
import { untilInterrupted } from '../wait.ts';

const formats = ['table', 'wide', 'name', 'json', 'yaml'] as const;

interface StatusOptions extends ClusterOptions {
  readonly allNamespaces?: boolean;
  readonly watch?: boolean;
  readonly output: (typeof formats)[number];
}

const refreshMilliseconds = 1000;

export function define(command: Command, terminal: Terminal): void {
  withClusterOptions(command)
    .option('-A, --all-namespaces', 'agents of all namespaces')
    .option(
      '-w, --watch',
      'follow changes until Ctrl-C; one line per change where the output is not a terminal',
    )
    .addOption(new Option('-o, --output <format>', 'output format').choices(formats).default('table'))
    .action(async (name: string | undefined, options: StatusOptions) => {
      if (name !== undefined && options.allNamespaces) {
        throw new UsageFailure(
          'give either a name or --all-namespaces: a name is unique in its namespace only',
        );
      }
      await using connection = await connect(terminal, options);
      const find = async () =>
        name === undefined
          ? listAgents(connection.client, options.allNamespaces ? undefined : connection.namespace)
          : [await readAgent(connection, name)];
      const show = async () => {
        const found = await find();
        return name === undefined || options.output !== 'table'
          ? listText(terminal, found, { ...options, name, namespace: connection.namespace })
          : treeText(terminal, connection, found);
      };
      if (!options.watch) terminal.out(await show());
      else if (terminal.isTerminal) await untilInterrupted(terminal, () => redraw(terminal, show));
      else {
        const read = async () => (await find()).map(({ agent }) => agent);
        await untilInterrupted(terminal, () => logChanges(terminal, read));
      }
    });
}

function listText(
  terminal: Terminal,
  found: readonly FoundAgent[],
  options: StatusOptions & { readonly name: string | undefined; readonly namespace: string },
): string {
  const { name, output, allNamespaces, namespace } = options;
  const agents = found.map(({ agent }) => agent);
  if (output === 'json' || output === 'yaml') {
    const objects = found.map(({ object }) => object);
    return objectsText(output, name === undefined ? objects : objects[0]);
  }
  if (output === 'name') return agents.map((agent) => `spagent.softprobe.ai/${agent.name}\n`).join('');
  if (agents.length === 0) {
    return `no SpAgent in ${allNamespaces ? 'the cluster' : `namespace ${namespace}`}; spagent deploy creates one\n`;
  }
  const table = output === 'wide' ? wideAgentTable : agentTable;
  return tableText(table(agents, Date.now()), terminal.paint);
}

async function treeText(
  terminal: Terminal,
  { client }: Connection,
  found: readonly FoundAgent[],
): Promise<string> {
  const trees = found.map(async ({ agent }) => {
    const [pods, operator] = await Promise.all([selectedPods(client, agent), operatorState(client)]);
    const diagnosis = diagnoseAgent(agent, operator);
    const advice = diagnosis ? `\nCause  ${diagnosis.cause}\nRun    ${diagnosis.command}\n` : '';
    return tableText(agentTree(agent, pods, Date.now()), terminal.paint) + advice;
  });
  return (await Promise.all(trees)).join('\n');
}

/** Most users may not list Deployments of other namespaces: that says nothing about the operator. */
async function operatorState(client: Connection['client']): Promise<OperatorState> {
  const operators = await findOperators(client).catch(() => undefined);
  if (operators === undefined) return 'Unknown';
  return operators.some(({ readyReplicas }) => readyReplicas > 0) ? 'Running' : 'NotRunning';
}

async function redraw(terminal: Terminal, show: () => Promise<string>): Promise<void> {
  let last = '';
  while (!terminal.interrupted.aborted) {
    const text = await show();
    if (text !== last) terminal.redraw(text);
    last = text;
    await pause(terminal);
  }
}

async function logChanges(terminal: Terminal, read: () => Promise<readonly SpAgent[]>): Promise<void> {
  const last = new Map<string, string>();
  while (!terminal.interrupted.aborted) {
    for (const agent of await read()) {
      const line = agentLine(agent);
      if (last.get(agent.uid) !== line) terminal.out(`${new Date().toISOString()} ${line}\n`);
      last.set(agent.uid, line);
    }
    await pause(terminal);
  }
}

async function pause({ interrupted }: Terminal): Promise<void> {
  await sleep(refreshMilliseconds, undefined, { signal: interrupted }).catch(() => undefined);
}
