import { createInterface } from 'node:readline';
import { Readable } from 'node:stream';
import type { ClusterClient } from '../../cluster/client.ts';
import { objectPath } from '../../cluster/kinds.ts';
import { readAgent } from '../agents.ts';
import { connect, type ClusterOptions } from '../cluster-command.ts';
import { Failure } from '../failure.ts';
import { selectedPods } from '../pods.ts';
import { failureText } from '../failure-text.ts';
import type { Terminal } from '../terminal.ts';

interface LogsOptions extends ClusterOptions {
  readonly follow?: boolean;
  readonly tail: number;
  readonly since?: number;
  readonly pod?: string;
  readonly all?: boolean;
}

/** The filter begins each of its lines with SP; Envoy puts time, thread and source in front. */
const filterLine = /(^|[\s:])SP\s/;

export async function run(terminal: Terminal, name: string, options: LogsOptions): Promise<void> {
  await using connection = await connect(terminal, options);
  const { client, namespace } = connection;
  const { agent } = await readAgent(connection, name);
  const selected = (await selectedPods(client, agent)).map((pod) => pod.name);
  const pods = selected.filter((pod) => options.pod === undefined || pod === options.pod);
  if (pods.length === 0) {
    const what = options.pod === undefined ? 'no pod' : `no pod ${options.pod}`;
    throw new Failure(`SpAgent ${namespace}/${name}: spec.selector matches ${what}; nothing to show`);
  }
  const results = await Promise.allSettled(
    pods.map((pod) => showLog(terminal, { client, namespace, pod, options })),
  );
  const failures = results.flatMap((result, index) =>
    result.status === 'rejected' ? [`Pod ${namespace}/${pods[index]}: ${failureText(result.reason)}`] : [],
  );
  if (failures.length > 0 && !terminal.interrupted.aborted) throw new Failure(failures.join('\n'));
}

interface ProxyLog {
  readonly client: ClusterClient;
  readonly namespace: string;
  readonly pod: string;
  readonly options: LogsOptions;
}

async function showLog(terminal: Terminal, { client, namespace, pod, options }: ProxyLog): Promise<void> {
  const response = await client.request({
    path: objectPath({ kind: 'Pod', namespace, name: pod }, 'log'),
    query: {
      container: 'istio-proxy',
      tailLines: String(options.tail),
      ...(options.since === undefined
        ? {}
        : { sinceSeconds: String(Math.max(1, Math.round(options.since))) }),
      follow: String(options.follow ?? false),
    },
    accept: '*/*',
    signal: terminal.interrupted,
  });
  if (response.body === null) return;
  for await (const line of createInterface({ input: Readable.fromWeb(response.body) })) {
    if (options.all || filterLine.test(line)) terminal.out(`${terminal.paint('faint', pod)} ${line}\n`);
  }
}
