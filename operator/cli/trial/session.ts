import { createBackend, type Backend } from '../../backend/server.ts';
import type { SpAgent } from '../../api/schema.ts';
import { UsageFailure } from '../failure.ts';
import type { Terminal } from '../terminal.ts';
import { trialModule } from './trial-module.ts';
import type { ClusterTarget } from './envoy-bootstrap.ts';
import { findEnvoy } from './find-envoy.ts';
import { startLocalProxy, type LocalProxy } from './local-proxy.ts';
import { logTo } from './log-lines.ts';
import type { SessionOptions } from './session-options.ts';

/** Envoy with the filter, and the development backend. */
export interface Session {
  readonly proxy: LocalProxy;
  readonly backend: Backend;
}

/** Recordings that one session may hold: what is more than that is dropped, the oldest first. */
const limits = { countMax: 50_000, bytesMax: 1024 ** 3 } as const;

/** Starts both; the stack ends them. */
export async function startSession(
  terminal: Terminal,
  stack: AsyncDisposableStack,
  options: SessionOptions & {
    readonly agent: SpAgent;
    /** Undefined: there is no server behind the filter. */
    readonly upstream: ClusterTarget | undefined;
  },
): Promise<Session> {
  const envoy = await findEnvoy(options.envoy);
  const backend = stack.use(await startBackend(options.backendPort));
  const module = await trialModule(stack, options.module);
  const proxy = stack.use(
    await startLocalProxy({
      envoy,
      module,
      agent: options.agent,
      // Nothing listens on port 1: such a request is answered with 503.
      upstream: options.upstream ?? 1,
      backendPort: backend.port,
      ...(options.port === 0 ? {} : { port: options.port }),
      onLog: logTo(terminal),
    }),
  );
  return { proxy, backend };
}

/** What depends on the run that made a recording takes no part in the comparison. */
async function startBackend(port: number): Promise<Backend> {
  try {
    return await createBackend({
      data: ':memory:',
      port,
      limits,
      markReplayed: true,
      replay: 'sequence',
      ignore: ['session', 'service', 'direction', 'host', 'port', 'credentials'],
    });
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code !== 'EADDRINUSE') throw cause;
    throw new UsageFailure(`--backend-port ${port} is in use; give another, or 0`, { cause });
  }
}

export function sessionText({ proxy, backend }: Session): string {
  return [
    `clients use  ${proxy.url}`,
    `page         ${backend.url}`,
    `Envoy        ${proxy.envoy.adminUrl}`,
    'Ctrl-C ends it',
    '',
  ].join('\n');
}
