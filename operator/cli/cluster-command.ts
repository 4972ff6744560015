import { Option, type Command } from 'commander';
import { messageOf } from '../api/errors.ts';
import type { ApiRequest, ClusterClient } from '../cluster/client.ts';
import { kubeconfigFiles } from '../cluster/kubeconfig-files.ts';
import { seconds } from './arguments.ts';
import { Failure } from './failure.ts';
import { formats, type Format } from './formats.ts';
import type { Terminal } from './terminal.ts';

const requestTimeoutMilliseconds = 30_000;

/** Of what spagent writes: what kubectl or Git apply of the same object is not overridden. */
export const cliFieldManager = 'spagent';

export interface ClusterOptions {
  readonly kubeconfig?: string;
  readonly context?: string;
  readonly namespace?: string;
  readonly as?: string;
}

/** Options of every command that talks to the cluster. */
export function withClusterOptions(command: Command): Command {
  return command
    .option('--kubeconfig <file>', 'kubeconfig of the cluster (default: $KUBECONFIG, else ~/.kube/config)')
    .option('--context <name>', 'context of the kubeconfig (default: its current one)')
    .option('-n, --namespace <name>', "namespace (default: the context's, else default)")
    .option('--as <user>', 'user to impersonate');
}

export function outputOption(): Option {
  return new Option('-o, --output <format>', 'output format')
    .choices(formats)
    .default('table' satisfies Format);
}

/** Longest time to wait for something. The default is shown as it would be given. */
export function timeoutOption(description: string, initially: string): Option {
  return new Option('--timeout <duration>', description)
    .argParser(seconds)
    .default(seconds(initially), initially);
}

export interface Connection extends AsyncDisposable {
  readonly client: ClusterClient;
  readonly namespace: string;
}

/** Requests end when the user presses Ctrl-C. */
export async function connect(terminal: Terminal, options: ClusterOptions): Promise<Connection> {
  const client = await openClient(options);
  const { config } = client;
  const namespace = options.namespace ?? config.getContextObject(config.getCurrentContext())?.namespace;
  return {
    client: interruptible(client, terminal.interrupted),
    namespace: namespace ?? 'default',
    [Symbol.asyncDispose]: () => client[Symbol.asyncDispose](),
  };
}

function interruptible(client: ClusterClient, interrupted: AbortSignal): ClusterClient {
  const withSignal = (request: ApiRequest): ApiRequest => ({
    ...request,
    signal: AbortSignal.any([interrupted, request.signal ?? AbortSignal.timeout(requestTimeoutMilliseconds)]),
  });
  return {
    ...client,
    request: (request) => client.request(withSignal(request)),
    json: (request) => client.json(withSignal(request)),
  };
}

async function openClient({ kubeconfig, context, as }: ClusterOptions): Promise<ClusterClient> {
  try {
    kubeconfigFiles(kubeconfig);
    // The Kubernetes client takes most of a second to load: nothing else waits for it.
    const { createClient } = await import('../cluster/client.ts');
    return createClient(kubeconfig, { context, user: as });
  } catch (cause) {
    throw new Failure(`${messageOf(cause)}; give --kubeconfig and --context, or set KUBECONFIG`, { cause });
  }
}
