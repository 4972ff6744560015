import { Option, type Command } from 'commander';
import { messageOf } from '../api/errors.ts';
import type { ClusterClient } from '../cluster/client.ts';
import { seconds } from './arguments.ts';
import { Failure } from './failure.ts';
import { formats, type Format } from './print.ts';

export interface ClusterOptions {
  readonly kubeconfig?: string;
  readonly namespace?: string;
}

/** Options of every command that talks to the cluster. */
export function withClusterOptions(command: Command): Command {
  return command
    .option('--kubeconfig <file>', 'kubeconfig of the cluster (default: $KUBECONFIG, else ~/.kube/config)')
    .option('-n, --namespace <name>', "namespace (default: the kubeconfig's, else default)");
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

export async function connect(options: ClusterOptions): Promise<Connection> {
  const client = await openClient(options.kubeconfig);
  const { config } = client;
  const namespace = options.namespace ?? config.getContextObject(config.getCurrentContext())?.namespace;
  return {
    client,
    namespace: namespace ?? 'default',
    [Symbol.asyncDispose]: () => client[Symbol.asyncDispose](),
  };
}

async function openClient(kubeconfig: string | undefined): Promise<ClusterClient> {
  // The Kubernetes client takes most of a second to load: nothing else waits for it.
  const { createClient } = await import('../cluster/client.ts');
  try {
    return createClient(kubeconfig);
  } catch (cause) {
    throw new Failure(
      `the kubeconfig cannot be used: ${messageOf(cause)}; give --kubeconfig or set KUBECONFIG`,
      {
        cause,
      },
    );
  }
}
