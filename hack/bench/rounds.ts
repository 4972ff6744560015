import { setTimeout as sleep } from 'node:timers/promises';
import { startStep } from '../tools/progress.ts';
import type { BackendCounts, BackendState } from './backend.ts';
import type { Child } from './child.ts';
import type { Load, LoadResult } from './load.ts';
import { cpuNanoseconds } from './proxy-process.ts';
import { statistics, type Proxies } from './proxies.ts';
import { callsOf, listenerOf, proxyOf, type Scenario, type Variant } from './variants.ts';

export interface Bench {
  readonly proxies: Proxies;
  readonly backend: Child<'state', BackendState>;
  readonly load: Child<Load, LoadResult>;
  readonly connections: number;
}

type Pair = readonly [Scenario, Variant];

/** CPU time of the proxy in microseconds for each request, by listener, of every round. */
export type Samples = Map<string, number[]>;

/**
 * Measures each pair once in every round, so that what disturbs the machine disturbs all alike. Round 0 warms up.
 * @throws when a call that a request must lead to was not made, or one was made that must not be.
 */
export async function measureRounds(
  bench: Bench,
  pairs: readonly Pair[],
  options: { readonly rounds: number; readonly requests: (scenario: Scenario) => number },
): Promise<Samples> {
  const samples: Samples = new Map(pairs.map(([scenario, variant]) => [listenerOf(scenario, variant), []]));
  const totals = new Map<Variant, number>();
  using step = startStep('Measuring');
  for (let round = 0; round <= options.rounds; round++) {
    step.update(`round ${round} of ${options.rounds}`);
    // Every second round goes the other way, as the neighbour before may leave its mark.
    for (const [scenario, variant] of round % 2 ? pairs.toReversed() : pairs) {
      const requests = options.requests(scenario);
      const microseconds = await measure(bench, [scenario, variant], requests);
      totals.set(variant, (totals.get(variant) ?? 0) + requests);
      if (round > 0) samples.get(listenerOf(scenario, variant))?.push(microseconds);
    }
  }
  await checkStatistics(bench.proxies, totals);
  return samples;
}

/** Sends requests to one listener and waits until all that they cause has arrived. Microseconds for each. */
export async function measure(
  { proxies, backend, load, connections }: Bench,
  [scenario, variant]: Pair,
  requests: number,
): Promise<number> {
  const proxy = proxies[proxyOf(variant)];
  const before = (await backend.ask('state')).counts;
  const cpuBefore = await cpuNanoseconds(proxy.pid);
  await load.ask({
    origin: proxy.listenerUrl(listenerOf(scenario, variant)),
    method: scenario.method,
    path: `/orders/4711?request=${scenario.requestBytes}&answer=${scenario.answerBytes}`,
    bodyBytes: scenario.requestBytes,
    answerBytes: scenario.answerBytes,
    requests,
    connections,
  });
  const deadline = performance.now() + 15_000;
  for (;;) {
    const { counts } = await backend.ask('state');
    const wrong = difference({ before, after: counts }, [scenario, variant], requests);
    if (wrong === undefined) break;
    if (performance.now() > deadline) throw new Error(`${scenario.name}, ${variant}: ${wrong}`);
    // Mirrored requests and batches of recordings come when the answer is long out.
    await sleep(10);
  }
  return (await cpuNanoseconds(proxy.pid)) / 1000 / requests - cpuBefore / 1000 / requests;
}

/** What the backend counted wrongly; undefined when all is as it must be. */
function difference(
  { before, after }: { readonly before: BackendCounts; readonly after: BackendCounts },
  [scenario, variant]: Pair,
  requests: number,
): string | undefined {
  const wanted = callsOf(scenario, variant);
  for (const name of Object.keys(after) as (keyof BackendCounts)[]) {
    const got = after[name] - before[name];
    const expected = (wanted[name] ?? 0) * requests;
    // A lookup says more than the body.
    const isRight = name === 'lookupBytes' ? got >= expected : got === expected;
    if (!isRight) return `the backend counted ${got} ${name} for ${requests} requests, not ${expected}`;
  }
  return undefined;
}

/** The proxies must have counted what the client did. The filter brings its figures to Envoy once in a second. */
async function checkStatistics(proxies: Proxies, totals: ReadonlyMap<Variant, number>): Promise<void> {
  const deadline = performance.now() + 10_000;
  for (;;) {
    const wrong = await wrongStatistic(proxies, totals);
    if (wrong === undefined) return;
    if (performance.now() > deadline) throw new Error(wrong);
    await sleep(200);
  }
}

async function wrongStatistic(
  proxies: Proxies,
  totals: ReadonlyMap<Variant, number>,
): Promise<string | undefined> {
  const native = await statistics(proxies.native);
  const ours = await statistics(proxies.ours);
  const total = (...variants: Variant[]) =>
    variants.reduce((sum, variant) => sum + (totals.get(variant) ?? 0), 0);
  const checks: [string, number | undefined, number][] = [
    [
      'cluster.authz.upstream_rq_completed',
      native.get('cluster.authz.upstream_rq_completed'),
      total('ext_authz', 'ext_authz + mirror'),
    ],
    [
      'cluster.mirror.upstream_rq_completed',
      native.get('cluster.mirror.upstream_rq_completed'),
      total('ext_authz + mirror'),
    ],
    ['sp_agent_lookup_hits', ours.get('wasmcustom.sp_agent_lookup_hits'), total('hit')],
    ['sp_agent_lookup_misses', ours.get('wasmcustom.sp_agent_lookup_misses'), total('miss')],
    ['sp_agent_saved_spans', ours.get('wasmcustom.sp_agent_saved_spans'), total('miss')],
    ['sp_agent_bypassed', ours.get('wasmcustom.sp_agent_bypassed'), total('bypassed')],
  ];
  for (const [name, value = 0, expected] of checks) {
    if (value !== expected) return `Envoy's ${name} is ${value}, not ${expected}`;
  }
  return undefined;
}
