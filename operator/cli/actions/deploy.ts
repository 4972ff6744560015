import { readFile } from 'node:fs/promises';
import { agentKind, groupVersion } from '../../api/names.ts';
import { hasCode } from '../../cluster/api-error.ts';
import { objectPath } from '../../cluster/kinds.ts';
import { readAgentObject } from '../agent-object.ts';
import { readAgent } from '../agents.ts';
import { cliFieldManager, connect, type ClusterOptions, type Connection } from '../cluster-command.ts';
import { terminalFailure } from '../terminal-failure.ts';
import { Failure, UsageFailure } from '../failure.ts';
import { withGivenFile } from '../given-file.ts';
import { yamlDocuments } from '../print.ts';
import { readSource } from '../source-directory.ts';
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
  readonly pullSecret?: string;
  readonly source?: string;
  readonly sourceConfigMap?: string;
  readonly filterConfig?: string;
  readonly delivery?: string;
  readonly dryRun?: boolean;
  readonly wait: boolean;
  readonly timeout: number;
}

/** Of the data of a ConfigMap: what Kubernetes takes, less what the object itself needs. */
const configMapBytesMax = 1_000_000;

export async function run(terminal: Terminal, name: string, options: DeployOptions): Promise<void> {
  const source = options.source === undefined ? undefined : await sourceConfigMap(name, options.source);
  const object = agentObject(name, {
    ...options,
    config: options.filterConfig === undefined ? undefined : await readConfig(options.filterConfig),
    sourceConfigMap: source ? source.metadata.name : options.sourceConfigMap,
  });
  if (options.dryRun) return terminal.out(yamlDocuments([...(source ? [source] : []), object]));
  await using connection = await connect(terminal, options);
  if (source) await apply(connection, 'ConfigMap', source);
  await apply(connection, 'SpAgent', object);
  terminal.note(`SpAgent ${connection.namespace}/${name}: applied\n`);
  if (options.wait) await waitForReady(terminal, connection, { name, seconds: options.timeout });
}

/** Of an agent, as flags say it. */
interface AgentParts extends Omit<DeployOptions, 'sourceConfigMap'> {
  readonly sourceConfigMap: string | undefined;
  /** `spec.filter.config` */
  readonly config: unknown;
}

function agentObject(name: string, options: AgentParts) {
  const [secretName, secretKey] = options.publicKeySecret?.split(':') ?? [];
  const backend = compact({
    url: options.backend,
    publicKeySecret: secretName && compact({ name: secretName, key: secretKey }),
  });
  const filter = compact({
    url: options.filterUrl,
    digest: options.filterDigest,
    pullSecret: options.pullSecret === undefined ? undefined : { name: options.pullSecret },
    build: options.sourceConfigMap && { configMap: { name: options.sourceConfigMap } },
    config: options.config,
  });
  const object = {
    apiVersion: groupVersion,
    kind: agentKind,
    metadata: { name, ...compact({ namespace: options.namespace }) },
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

async function readConfig(file: string): Promise<unknown> {
  const text = await withGivenFile(`--filter-config ${file}`, () => readFile(file, 'utf8'), 'give a file');
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

/** What a ConfigMap of the source of an agent's filter is. */
async function sourceConfigMap(agent: string, directory: string) {
  const data = await readSource(directory, '--source');
  const bytes = Object.values(data).reduce((sum, text) => sum + Buffer.byteLength(text), 0);
  if (data['index.ts'] === undefined)
    throw new UsageFailure(`--source ${directory}: has no index.ts; give the folder that has it`);
  if (bytes > configMapBytesMax)
    throw new UsageFailure(
      `--source ${directory}: ${bytes} bytes, and a ConfigMap takes ${configMapBytesMax}; build the module, push it, and give --filter-url`,
    );
  return { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: `${agent}-source` }, data };
}

interface Applied {
  readonly metadata: { readonly name: string };
}

async function apply(
  { client, namespace }: Connection,
  kind: 'SpAgent' | 'ConfigMap',
  object: Applied,
): Promise<void> {
  const { name } = object.metadata;
  try {
    await client.json({
      method: 'PATCH',
      path: objectPath({ kind, namespace, name }),
      query: { fieldManager: cliFieldManager },
      contentType: 'application/apply-patch+yaml',
      body: { ...object, metadata: { name, namespace } },
    });
  } catch (error) {
    if (!hasCode(error, 404)) throw error;
    throw new Failure(
      `${kind} ${namespace}/${name}: the cluster does not know SpAgent, or the namespace does not exist; run spagent doctor`,
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
