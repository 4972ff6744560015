import pLimit from 'p-limit';
import type { ClusterClient } from '../../cluster/client.ts';
import { askThroughApiServer } from '../../cluster/proxy-stats.ts';
import type { AgentPod } from './agent-pod.ts';

/** What the proxy of one pod answers: the TCP connections that it passed on, or why it does not answer. */
export type ProxyAnswer = { readonly pod: AgentPod } & (
  { readonly connections: ReadonlyMap<string, number> } | { readonly error: unknown }
);

/** Each costs a request through the API server, and the pods of one agent are alike. */
const proxiesOfAgentMax = 3;
const proxiesMax = 30;
const concurrency = 8;
const deadlineMilliseconds = 3000;

/**
 * One of Istio's standard metrics (https://istio.io/latest/docs/reference/config/metrics/): connections that a proxy passes on
 * as bytes, as it sees no HTTP in them. Those that the pod opens are reported by the source.
 */
const connectionsOpened = 'istio_tcp_connections_opened_total';
const sample = new RegExp(`^(?:istiocustom_)?${connectionsOpened}\\{(.*)\\}\\s+([0-9.e+]+)`);
const destination = /destination_service_name="([^"]{1,253})"/;
// A pod can write anything into its own answer: what is kept of it is bounded.
const destinationsMax = 16;

/** Asks some proxies of each agent through the API server, with the user's right on `pods/proxy`. */
export async function askSample(client: ClusterClient, pods: readonly AgentPod[]): Promise<ProxyAnswer[]> {
  const limit = pLimit(concurrency);
  const byAgent = Map.groupBy(
    pods.filter(({ hasSidecar, isReady }) => hasSidecar && isReady),
    ({ agent }) => `${agent.namespace}/${agent.name}`,
  );
  const chosen = [...byAgent.values()].flatMap((ofAgent) => ofAgent.slice(0, proxiesOfAgentMax));
  return Promise.all(chosen.slice(0, proxiesMax).map((pod) => limit(ask, client, pod)));
}

async function ask(client: ClusterClient, pod: AgentPod): Promise<ProxyAnswer> {
  const connections = new Map<string, number>();
  try {
    const { lines } = await askThroughApiServer(client)({
      pod: { namespace: pod.agent.namespace, name: pod.name, ip: undefined },
      filter: connectionsOpened,
      signal: AbortSignal.timeout(deadlineMilliseconds),
    });
    for await (const line of lines) read(line, connections);
    return { pod, connections };
  } catch (error) {
    return { pod, error };
  }
}

function read(line: string, connections: Map<string, number>): void {
  const [, labels = '', count] = sample.exec(line) ?? [];
  if (!labels.includes('reporter="source"')) return;
  const name = destination.exec(labels)?.[1] ?? 'unknown';
  if (!connections.has(name) && connections.size >= destinationsMax) return;
  connections.set(name, (connections.get(name) ?? 0) + Number(count));
}
