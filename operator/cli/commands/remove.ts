import type { Command } from 'commander';
import { hasCode } from '../../cluster/api-error.ts';
import { objectPath } from '../../cluster/kinds.ts';
import { readAgent } from '../agents.ts';
import { clusterCommand, connect, timeoutOption, type ClusterOptions } from '../cluster-command.ts';
import type { Terminal } from '../terminal.ts';
import { waitUntil } from '../wait.ts';

export function removeCommand(terminal: Terminal): Command {
  return clusterCommand('remove')
    .description('Delete an agent: proxies drop the filter at once, nothing restarts')
    .argument('<name>', 'agent')
    .option('--no-wait', 'do not wait until it is gone')
    .addOption(timeoutOption('longest time to wait', '1m'))
    .action(
      async (
        name: string,
        options: ClusterOptions & { readonly wait: boolean; readonly timeout: number },
      ) => {
        await using connection = connect(options);
        const { client, namespace } = connection;
        const path = objectPath({ kind: 'SpAgent', namespace, name });
        await readAgent(connection, name);
        await client.json({ method: 'DELETE', path });
        const isDone = async () => {
          try {
            await client.json({ path });
            return false;
          } catch (error) {
            if (hasCode(error, 404)) return true;
            throw error;
          }
        };
        const what = `SpAgent ${namespace}/${name}: its deletion by the operator`;
        if (options.wait) await waitUntil(terminal, { what, seconds: options.timeout, isDone });
        terminal.note(`SpAgent ${namespace}/${name}: ${options.wait ? 'deleted' : 'is being deleted'}\n`);
      },
    );
}
