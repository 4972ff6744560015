import type { Command } from 'commander';
import { patchSpec } from '../agents.ts';
import { clusterCommand, connect, type ClusterOptions } from '../cluster-command.ts';
import type { Terminal } from '../terminal.ts';

export function pauseCommand(terminal: Terminal): Command {
  return clusterCommand('pause')
    .description('Take no further step of a rollout; what is under way in a workload goes on')
    .argument('<name>', 'agent')
    .action(async (name: string, options: ClusterOptions) => {
      await using connection = connect(options);
      await patchSpec(connection, name, { rollout: { paused: true } });
      terminal.note(`SpAgent ${connection.namespace}/${name}: paused; spagent resume ${name} goes on\n`);
    });
}
