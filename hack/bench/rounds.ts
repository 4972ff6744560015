import { repeatUntil } from '../../operator/cli/repeat-until.ts';
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
  let wrong: ReturnType<typeof difference>;
  const isSettled = async () => {
    const { counts } = await backend.ask('state');
    wrong = difference({ before, after: counts }, pair, requests);
    return wrong === undefined || wrong.isTooMany;
  };
  // Mirrored requests and batches of recordings arrive long after the answer.
  await repeatUntil(isSettled, { seconds: 15, pollMilliseconds: 2 });
  if (wrong) throw new Error(`${scenario.name}, ${variant}: ${wrong.text}`);
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
  let wrong = '';
  const areRight = async () => {
    const counted = await statistics(proxy);
    const [name, expected] = [...totals].find(([key, total]) => counted.get(key) !== total) ?? [];
    wrong = `Envoy's ${name} is ${counted.get(name ?? '')}, not ${expected}`;
    return name === undefined;
  };
  if (!(await repeatUntil(areRight, { seconds: 5, pollMilliseconds: 200 }))) throw new Error(wrong);
}
