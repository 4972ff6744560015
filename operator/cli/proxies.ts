import { messageOf } from '../api/errors.ts';
import type { Verification } from '../api/pod.ts';
import type { SpAgent } from '../api/schema.ts';
import { hasCode } from '../cluster/api-error.ts';
import type { ClusterClient } from '../cluster/client.ts';
import { FairSlots } from '../cluster/fair-slots.ts';
import { askThroughApiServer } from '../cluster/proxy-stats.ts';
import { expectedPlugins } from '../render/expected-plugins.ts';
import { StatisticsReader, statisticsFilter } from '../rollout/proxy-statistics.ts';
import { verifyProxy } from '../rollout/verify.ts';
import type { SelectedPod } from './pods.ts';
import type { KeptRevision } from './revisions.ts';

/** What one answer of a pod's proxy shows. */
export interface ProxyReport {
  readonly verification: Verification;
  /** Lookups since the proxy started, by their result; undefined if the proxy did not answer. */
  readonly lookups: { readonly hits: number; readonly misses: number } | undefined;
}

/** A tree with more proxies than that is not read by anybody; each costs a request through the API server. */
const proxiesMax = 60;
const concurrency = 8;
const deadlineMilliseconds = 3000;

/**
 * Asks the proxies of pods what they run, through the API server, with the user's right on `pods/proxy`.
 * @returns by the pod's name; nothing for pods without a proxy or a known revision, and beyond the first 60.
 */
export async function askProxies(
  client: ClusterClient,
  agent: SpAgent,
  { pods, revisions }: { readonly pods: readonly SelectedPod[]; readonly revisions: readonly KeptRevision[] },
): Promise<Map<string, ProxyReport>> {
  const slots = new FairSlots({ total: concurrency, perGroup: concurrency });
  const asked = pods.filter(({ hasSidecar, isDeleting }) => hasSidecar && !isDeleting).slice(0, proxiesMax);
  const reports = asked.map(async ({ name, revision: id }) => {
    const revision = revisions.find((candidate) => candidate.id === id);
    if (revision === undefined) return [];
    const report = await slots.run('', () => askProxy(client, agent, { name, revision }));
    return [[name, report] as const];
  });
  return new Map((await Promise.all(reports)).flat());
}

async function askProxy(
  client: ClusterClient,
  agent: SpAgent,
  { name, revision }: { readonly name: string; readonly revision: KeptRevision },
): Promise<ProxyReport> {
  const { reportsRevision = false, failStrategy } = revision.data;
  const plugins = expectedPlugins(agent, revision);
  const reader = new StatisticsReader(plugins.map((plugin) => plugin.name));
  try {
    const { at, lines } = await askThroughApiServer(client)({
      pod: { namespace: agent.namespace, name, ip: undefined },
      filter: statisticsFilter,
      signal: AbortSignal.timeout(deadlineMilliseconds),
    });
    for await (const line of lines) reader.read(line);
    const latest = reader.result(at);
    const expected = {
      revision: revision.id,
      plugins,
      reportsRevision,
      reloads: failStrategy === 'FailReload',
      isSwitched: false,
    };
    return {
      verification: verifyProxy(expected, { latest, previous: undefined, first: undefined }),
      lookups: {
        hits: latest.backend.get('lookup_hits') ?? 0,
        misses: latest.backend.get('lookup_misses') ?? 0,
      },
    };
  } catch (error) {
    const message = hasCode(error, 403)
      ? 'you may not get pods/proxy in this namespace'
      : (messageOf(error).split('\n', 1)[0] ?? '');
    return { verification: { state: 'Unknown', message }, lookups: undefined };
  }
}
