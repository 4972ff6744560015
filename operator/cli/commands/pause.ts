import type { Command } from 'commander';
import { patchAgent } from '../agents.ts';
import { withClusterOptions, connect, type ClusterOptions } from '../cluster-command.ts';
import type { Terminal } from '../terminal.ts';

export function define(command: Command, terminal: Terminal): void {
  withClusterOptions(command).action(async (name: string, options: ClusterOptions) => {
    await using connection = await connect(terminal, options);
    await patchAgent(connection, name, { spec: { rollout: { paused: true } } });
    terminal.note(`SpAgent ${connection.namespace}/${name}: paused; spagent resume ${name} continues\n`);
  });
}
