import pLimit from 'p-limit';
import type { ClusterClient } from '../../cluster/client.ts';
import { askThroughApiServer } from '../../cluster/proxy-stats.ts';
import { statisticsFilter } from '../../rollout/proxy-statistics.ts';
import type { SelectedPod } from '../pods.ts';
import type { Collector } from './collector.ts';

const proxiesMax = 60;
const concurrency = 8;
const deadlineMilliseconds = 3000;
/** The answer has the application's own statistics too, which are no part of this. */
const ofFilter =
  /^(?:istio_agent_wasm|envoy_wasm|wasmcustom|(?:envoy_)?sp_agent_|envoy_server_concurrency)[a-z0-9_]*(?:\{|\s)/i;

/** The statistics of the filter in the proxies of these pods. */
export async function addProxies(
  collector: Collector,
  client: ClusterClient,
  { namespace, pods }: { readonly namespace: string; readonly pods: readonly SelectedPod[] },
): Promise<void> {
  const limit = pLimit(concurrency);
  const asked = pods.filter(({ hasSidecar, isDeleting }) => hasSidecar && !isDeleting).slice(0, proxiesMax);
  const add = ({ name }: SelectedPod) =>
    collector.part(`statistics of the proxy of Pod ${namespace}/${name}`, async () => {
      const { lines } = await askThroughApiServer(client)({
        pod: { namespace, name, ip: undefined },
        filter: statisticsFilter,
        signal: AbortSignal.timeout(deadlineMilliseconds),
      });
      const kept: string[] = [];
      for await (const line of lines) if (ofFilter.test(line)) kept.push(`${line.trimEnd()}\n`);
      collector.addText(`namespaces/${namespace}/proxies/${name}.txt`, kept.join(''));
    });
  await Promise.all(asked.map((pod) => limit(add, pod)));
}
