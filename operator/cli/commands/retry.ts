import type { Command } from 'commander';
import { retryAnnotation } from '../../api/names.ts';
import { patchAgent, readAgent } from '../agents.ts';
import { withClusterOptions, connect, type ClusterOptions } from '../cluster-command.ts';
import { Failure } from '../failure.ts';
import type { Terminal } from '../terminal.ts';

export function define(command: Command, terminal: Terminal): void {
  withClusterOptions(command).action(async (name: string, options: ClusterOptions) => {
    await using connection = await connect(terminal, options);
    const agentName = `SpAgent ${connection.namespace}/${name}`;
    const { agent } = await readAgent(connection, name);
    const { targetRevision, history = [] } = agent.status;
    const target = history.find(({ revision }) => revision === targetRevision);
    if (target?.outcome !== 'Failed') {
      throw new Failure(`${agentName}: the revision of its spec has not failed; see spagent history ${name}`);
    }
    // It names the revision: a request that comes late cannot hit another rollout.
    const annotations = { [retryAnnotation]: target.revision };
    await patchAgent(connection, name, { metadata: { annotations } });
    terminal.note(`${agentName}: revision ${target.revision} is tried again\n`);
  });
}
