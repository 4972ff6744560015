import type { Command } from 'commander';
import { once } from 'node:events';
import { portNumber } from '../arguments.ts';
import { connect, withClusterOptions, type ClusterOptions } from '../cluster-command.ts';
import { DashboardApi } from '../dashboard/api.ts';
import { startDashboard, type Dashboard } from '../dashboard/server.ts';
import { UsageFailure } from '../failure.ts';
import type { Terminal } from '../terminal.ts';

interface DashboardOptions extends ClusterOptions {
  readonly port: number;
}

const help = `
The page listens on 127.0.0.1 alone and acts with your own rights in the cluster. Its address holds a token: keep it to
yourself. Without --namespace it shows every agent that you may see.`;

export function define(command: Command, terminal: Terminal): void {
  withClusterOptions(command)
    .option('--port <number>', 'port of the page; 0 takes a free one', portNumber, 8790)
    .addHelpText('after', help)
    .action(async (options: DashboardOptions) => {
      await using connection = await connect(terminal, options);
      await using dashboard = await start(new DashboardApi(connection, options.namespace), options.port);
      terminal.out(`${dashboard.url}\n`);
      terminal.note('Ctrl-C stops it\n');
      if (!terminal.interrupted.aborted) await once(terminal.interrupted, 'abort');
    });
}

async function start(api: DashboardApi, port: number): Promise<Dashboard> {
  try {
    return await startDashboard(api, port);
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code !== 'EADDRINUSE') throw cause;
    throw new UsageFailure(`--port ${port} is in use; give another, or 0`, { cause });
  }
}
