import type { Command } from 'commander';
import { createInterface } from 'node:readline';
import { Readable } from 'node:stream';
import { z } from 'zod';
import type { SpAgent } from '../../api/schema.ts';
import type { ClusterClient } from '../../cluster/client.ts';
import { collectionPath, objectPath } from '../../cluster/kinds.ts';
import { listAll } from '../../cluster/list-pages.ts';
import { readAgent } from '../agents.ts';
import { wholeNumber } from '../arguments.ts';
import { withClusterOptions, connect, type ClusterOptions } from '../cluster-command.ts';
import { Failure } from '../failure.ts';
import { failureText } from '../failure-text.ts';
import type { Terminal } from '../terminal.ts';

interface LogsOptions extends ClusterOptions {
  readonly follow?: boolean;
  readonly tail: number;
  readonly all?: boolean;
}

const podList = z.array(z.object({ metadata: z.object({ name: z.string() }) }));

/** The filter begins each of its lines with SP; Envoy puts time, thread and source in front. */
const filterLine = /(^|[\s:])SP\s/;

export function define(command: Command, terminal: Terminal): void {
  withClusterOptions(command)
    .option('-f, --follow', 'follow until Ctrl-C')
    .option('--tail <lines>', 'lines to read from the end of each proxy log', wholeNumber, 1000)
    .option('--all', "all lines of the proxies, not only the filter's")
    .action(async (name: string, options: LogsOptions) => {
      await using connection = await connect(terminal, options);
      const { client, namespace } = connection;
      const { agent } = await readAgent(connection, name);
      const pods = await selectedPods(client, agent);
      if (pods.length === 0) {
        throw new Failure(`SpAgent ${namespace}/${name}: spec.selector matches no pod; nothing to show`);
      }
      const results = await Promise.allSettled(
        pods.map((pod) => showLog(terminal, { client, namespace, pod, options })),
      );
      const failures = results.flatMap((result, index) =>
        result.status === 'rejected'
          ? [`Pod ${namespace}/${pods[index]}: ${failureText(result.reason)}`]
          : [],
      );
      if (failures.length > 0 && !terminal.interrupted.aborted) throw new Failure(failures.join('\n'));
    });
}

async function selectedPods(client: ClusterClient, { namespace, spec }: SpAgent): Promise<string[]> {
  const selector = Object.entries(spec.selector.matchLabels).map((pair) => pair.join('='));
  const query = { labelSelector: selector.join(',') };
  const pods = await listAll(client, { path: collectionPath('Pod', namespace), query });
  return podList.parse(pods).map(({ metadata }) => metadata.name);
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
