import { once } from 'node:events';
import { connect, type ClusterOptions } from '../cluster-command.ts';
import type { DashboardApi } from '../dashboard/api.ts';
import type { Dashboard } from '../dashboard/server.ts';
import { UsageFailure } from '../failure.ts';
import type { Terminal } from '../terminal.ts';

interface DashboardOptions extends ClusterOptions {
  readonly port: number;
}

export async function run(terminal: Terminal, options: DashboardOptions): Promise<void> {
  await using connection = await connect(terminal, options);
  const { DashboardApi } = await import('../dashboard/api.ts');
  await using dashboard = await start(new DashboardApi(connection, options.namespace), options.port);
  terminal.out(`${dashboard.url}\n`);
  terminal.note('Ctrl-C stops it\n');
  if (!terminal.interrupted.aborted) await once(terminal.interrupted, 'abort');
}

async function start(api: DashboardApi, port: number): Promise<Dashboard> {
  const { startDashboard } = await import('../dashboard/server.ts');
  try {
    return await startDashboard(api, port);
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code !== 'EADDRINUSE') throw cause;
    throw new UsageFailure(`--port ${port} is in use; give another, or 0`, { cause });
  }
}
