import type { Command } from 'commander';
import { patchSpec } from '../agents.ts';
import { clusterCommand, connect, type ClusterOptions } from '../cluster-command.ts';
import type { Terminal } from '../terminal.ts';

export function resumeCommand(terminal: Terminal): Command {
  return clusterCommand('resume')
    .description('Go on with a paused rollout')
    .argument('<name>', 'agent')
    .action(async (name: string, options: ClusterOptions) => {
      await using connection = connect(options);
      await patchSpec(connection, name, { rollout: { paused: false } });
      terminal.note(`SpAgent ${connection.namespace}/${name}: goes on\n`);
    });
}
