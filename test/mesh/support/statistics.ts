import { askThroughApiServer, type StatisticsAnswer } from '../../../operator/cluster/proxy-stats.ts';
import {
  StatisticsReader,
  statisticsFilter,
  type ProxyStatistics,
} from '../../../operator/rollout/proxy-statistics.ts';
import { collect } from '../../support/collect.ts';
import { sharedMesh } from './shared-mesh.ts';
import type { PodKey } from './workload.ts';

async function ask(pod: PodKey): Promise<StatisticsAnswer> {
  const { client } = await sharedMesh();
  const signal = AbortSignal.timeout(10_000);
  return askThroughApiServer(client)({ pod: { ...pod, ip: undefined }, filter: statisticsFilter, signal });
}

/** What the operator asks a proxy for, in Prometheus text. */
export async function proxyStatistics(pod: PodKey): Promise<string> {
  return (await collect((await ask(pod)).lines)).join('\n');
}

/** The same as the operator reads it. */
export async function readStatistics(pod: PodKey, plugins: readonly string[]): Promise<ProxyStatistics> {
  const { at, lines } = await ask(pod);
  const reader = new StatisticsReader(plugins);
  for await (const line of lines) reader.read(line);
  return reader.result(at);
}
