import { askThroughApiServer } from '../../../operator/cluster/proxy-stats.ts';
import { statisticsFilter } from '../../../operator/rollout/proxy-statistics.ts';
import { collect } from '../../support/collect.ts';
import { sharedMesh } from './shared-mesh.ts';
import type { PodKey } from './workload.ts';

/** What the operator reads of a proxy's statistics, in Prometheus text. */
export async function proxyStatistics(pod: PodKey): Promise<string> {
  const { client } = await sharedMesh();
  const signal = AbortSignal.timeout(10_000);
  const ask = askThroughApiServer(client);
  const { lines } = await ask({ pod: { ...pod, ip: undefined }, filter: statisticsFilter, signal });
  return (await collect(lines)).join('\n');
}
