import { setTimeout as sleep } from 'node:timers/promises';
import type { Envoy } from '../../operator/cli/trial/envoy.ts';
import { startStep } from '../tools/progress.ts';
import type { BackendCounts, BackendState } from './backend.ts';
import type { Child } from './child.ts';
import type { Load, LoadResult } from './load.ts';
import { cpuNanoseconds } from './proxy-process.ts';
import { statistics } from './proxy.ts';
import type { Scenario } from './scenarios.ts';
import { listenerOf, variants, type Pair, type Variant } from './variants.ts';

export interface Bench {
  readonly proxy: Envoy;
  readonly backend: Child<'state', BackendState>;
  readonly load: Child<Load, LoadResult>;
  readonly connections: number;
}

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
  const samples: Samples = new Map(pairs.map((pair) => [listenerOf(pair), []]));
  const totals = new Map<string, number>();
  using step = startStep('Measuring');
  for (let round = 0; round <= options.rounds; round++) {
    step.update(`round ${round} of ${options.rounds}`);
    // Every second round goes the other way, as the neighbour before may leave its mark.
    for (const pair of round % 2 ? pairs.toReversed() : pairs) {
      const [scenario, name] = pair;
      const requests = options.requests(scenario);
      const microseconds = await measure(bench, pair, requests);
      if (round > 0) samples.get(listenerOf(pair))?.push(microseconds);
      for (const counter of variants[name].counters) {
        totals.set(counter, (totals.get(counter) ?? 0) + requests);
      }
    }
  }
  await checkStatistics(bench.proxy, totals);
  return samples;
}

/** Sends requests to one listener and waits until all that they cause has arrived. Microseconds for each. */
export async function measure(
  { proxy, backend, load, connections }: Bench,
  pair: Pair,
  requests: number,
): Promise<number> {
  const [scenario, variant] = pair;
  const before = (await backend.ask('state')).counts;
  const cpuBefore = await cpuNanoseconds(proxy.pid);
  await load.ask({
    origin: proxy.listenerUrl(listenerOf(pair)),
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
    const wrong = difference({ before, after: counts }, pair, requests);
    if (wrong === undefined) break;
    if (wrong.isTooMany || performance.now() > deadline) {
      throw new Error(`${scenario.name}, ${variant}: ${wrong.text}`);
    }
    // Mirrored requests and batches of recordings come when the answer is long out.
    await sleep(2);
  }
  return (await cpuNanoseconds(proxy.pid)) / 1000 / requests - cpuBefore / 1000 / requests;
}

/** What the backend counted wrongly; undefined when all is as it must be. */
function difference(
  { before, after }: { readonly before: BackendCounts; readonly after: BackendCounts },
  [scenario, name]: Pair,
  requests: number,
): { readonly text: string; readonly isTooMany: boolean } | undefined {
  const variant: Variant = variants[name];
  const wanted = variant.calls(scenario);
  for (const count of Object.keys(after) as (keyof BackendCounts)[]) {
    const got = after[count] - before[count];
    const expected = (wanted[count] ?? 0) * requests;
    // A lookup says more than the body.
    const isRight = count === 'lookupBytes' ? got >= expected : got === expected;
    if (isRight) continue;
    const text = `the backend counted ${got} ${count} for ${requests} requests, not ${expected}`;
    return { text, isTooMany: got > expected };
  }
  return undefined;
}

/** The proxy must have counted what the client did. The filter brings its figures to Envoy by a timer. */
async function checkStatistics(proxy: Envoy, totals: ReadonlyMap<string, number>): Promise<void> {
  const deadline = performance.now() + 5_000;
  for (;;) {
    const counted = await statistics(proxy);
    const wrong = [...totals].find(([name, expected]) => counted.get(name) !== expected);
    if (wrong === undefined) return;
    const [name, expected] = wrong;
    if (performance.now() > deadline) {
      throw new Error(`Envoy's ${name} is ${counted.get(name)}, not ${expected}`);
    }
    await sleep(200);
  }
}
