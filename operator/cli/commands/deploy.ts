import { Option, type Command } from 'commander';
import { agentKind, groupVersion } from '../../api/names.ts';
import { hasCode } from '../../cluster/api-error.ts';
import { objectPath } from '../../cluster/kinds.ts';
import { readAgentObject, uncheckedRulesHelp } from '../agent-object.ts';
import { readAgent } from '../agents.ts';
import { labels, digest } from '../arguments.ts';
import {
  cliFieldManager,
  withClusterOptions,
  connect,
  timeoutOption,
  type ClusterOptions,
  type Connection,
} from '../cluster-command.ts';
import { terminalFailure } from '../terminal-failure.ts';
import { Failure, UsageFailure } from '../failure.ts';
import { yamlText } from '../print.ts';
import type { Terminal } from '../terminal.ts';
import { isReady } from '../view/agents.ts';
import { waitUntil } from '../wait.ts';

interface DeployOptions extends ClusterOptions {
  readonly selector: Readonly<Record<string, string>>;
  readonly direction?: string;
  readonly backend?: string;
  readonly publicKeySecret?: string;
  readonly filterUrl?: string;
  readonly filterDigest?: string;
  readonly sourceConfigMap?: string;
  readonly delivery?: string;
  readonly dryRun?: boolean;
  readonly wait: boolean;
  readonly timeout: number;
}

const defaultsHelp = `
A field whose flag is left out gets its default, unless another client such as kubectl apply set it`;

export function define(command: Command, terminal: Terminal): void {
  withClusterOptions(command)
    .requiredOption('-l, --selector <labels>', 'labels of the pods, such as app=checkout', labels)
    .addOption(
      new Option('--direction <side>', 'traffic that the filter sees').choices([
        'Outbound',
        'Inbound',
        'Both',
      ]),
    )
    .option('--backend <url>', 'base URL of the backend')
    .option('--public-key-secret <name[:key]>', "Secret with the backend's key")
    .option('--filter-url <url>', 'fetch a compiled module instead of building the bundled source')
    .option('--filter-digest <hex>', 'digest (SHA-256) that the module must have', digest)
    .option('--source-config-map <name>', 'build this source instead of the bundled one')
    .addOption(
      new Option('--delivery <api>', 'Istio API to use').choices([
        'Auto',
        'WasmPlugin',
        'TrafficExtension',
        'EnvoyFilter',
      ]),
    )
    .option('--dry-run', 'print the object instead of applying it')
    .option('--no-wait', 'do not wait until it is Ready')
    .addOption(timeoutOption('longest time to wait', '10m'))
    .addHelpText('after', `${defaultsHelp}\n${uncheckedRulesHelp}`)
    .action(async (name: string, options: DeployOptions) => {
      const object = agentObject(name, options);
      if (options.dryRun) return terminal.out(yamlText(object));
      await using connection = await connect(terminal, options);
      await apply(connection, name, object);
      terminal.note(`SpAgent ${connection.namespace}/${name}: applied\n`);
      if (options.wait) await waitForReady(terminal, connection, { name, seconds: options.timeout });
    });
}

function agentObject(name: string, options: DeployOptions) {
  const [secretName, secretKey] = options.publicKeySecret?.split(':') ?? [];
  const backend = compact({
    url: options.backend,
    publicKeySecret: secretName && compact({ name: secretName, key: secretKey }),
  });
  const filter = compact({
    url: options.filterUrl,
    digest: options.filterDigest,
    build: options.sourceConfigMap && { configMap: { name: options.sourceConfigMap } },
  });
  const object = {
    apiVersion: groupVersion,
    kind: agentKind,
    metadata: compact({ name, namespace: options.namespace }),
    spec: compact({
      selector: { matchLabels: options.selector },
      direction: options.direction,
      filter,
      backend,
      delivery: compact({ api: options.delivery }),
    }),
  };
  const metadata = { ...object.metadata, namespace: options.namespace ?? 'default' };
  const read = readAgentObject({ ...object, metadata });
  if ('error' in read) throw new UsageFailure(read.error);
  return object;
}

/** Without what is not given; undefined if nothing is. */
function compact(object: Record<string, unknown>): Record<string, unknown> | undefined {
  const given = Object.entries(object).filter(([, value]) => value !== undefined);
  return given.length === 0 ? undefined : Object.fromEntries(given);
}

async function apply({ client, namespace }: Connection, name: string, object: object): Promise<void> {
  try {
    await client.json({
      method: 'PATCH',
      path: objectPath({ kind: 'SpAgent', namespace, name }),
      query: { fieldManager: cliFieldManager },
      contentType: 'application/apply-patch+yaml',
      body: { ...object, metadata: { name, namespace } },
    });
  } catch (error) {
    if (!hasCode(error, 404)) throw error;
    throw new Failure(
      `SpAgent ${namespace}/${name}: the cluster does not know SpAgent, or the namespace does not exist; run spagent doctor`,
      { cause: error },
    );
  }
}

async function waitForReady(
  terminal: Terminal,
  connection: Connection,
  { name, seconds: timeout }: { readonly name: string; readonly seconds: number },
): Promise<void> {
  const what = `SpAgent ${connection.namespace}/${name} to be Ready`;
  let shown = '';
  await waitUntil(terminal, {
    what,
    seconds: timeout,
    isDone: async () => {
      const { agent } = await readAgent(connection, name);
      const { message } = agent.status.rollout ?? {};
      if (message !== undefined && message !== shown) terminal.note(`${message}\n`);
      shown = message ?? shown;
      const failure = terminalFailure(agent);
      if (failure) throw new Failure(`SpAgent ${connection.namespace}/${name}: ${failure.message}`);
      return isReady(agent);
    },
  });
  terminal.note(`SpAgent ${connection.namespace}/${name}: Ready\n`);
}
