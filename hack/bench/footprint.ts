import { stat } from 'node:fs/promises';
import { cpuNanoseconds, residentBytes, waitUntilIdle } from './proxy-process.ts';
import { startProxy, type ProxyOptions } from './proxies.ts';
import { scenarios, type Variant } from './variants.ts';

export interface Footprint {
  readonly moduleBytes: number;
  /** What the filter adds to Envoy's own. */
  readonly startMilliseconds: number;
  /** What one more worker with its virtual machine adds, beside what a worker takes without the filter. */
  readonly workerBytes: number;
}

interface Start {
  readonly milliseconds: number;
  readonly bytes: number;
}

const repeats = 5;
const moreWorkers = 4;

/** Starts proxies with and without the filter, with one worker and with several. Medians. */
export async function measureFootprint(options: ProxyOptions): Promise<Footprint> {
  const cases = [
    { variant: 'no filter', workers: 1 },
    { variant: 'miss', workers: 1 },
    { variant: 'no filter', workers: 1 + moreWorkers },
    { variant: 'miss', workers: 1 + moreWorkers },
  ] as const;
  const starts: Start[][] = cases.map(() => []);
  for (let repeat = 0; repeat < repeats; repeat++) {
    for (const [index, { variant, workers }] of cases.entries()) {
      starts[index]?.push(await start(variant, { ...options, workers }));
    }
  }
  const of = (index: number, what: keyof Start) => median((starts[index] ?? []).map((one) => one[what]));
  return {
    moduleBytes: (await stat(options.module)).size,
    startMilliseconds: of(1, 'milliseconds') - of(0, 'milliseconds'),
    workerBytes: (of(3, 'bytes') - of(1, 'bytes') - (of(2, 'bytes') - of(0, 'bytes'))) / moreWorkers,
  };
}

async function start(variant: Variant, options: ProxyOptions): Promise<Start> {
  await using envoy = await startProxy([[scenarios.get, variant]], options);
  await waitUntilIdle(envoy.pid);
  return { milliseconds: (await cpuNanoseconds(envoy.pid)) / 1e6, bytes: await residentBytes(envoy.pid) };
}

export function median(values: readonly number[]): number {
  const sorted = values.toSorted((left, right) => left - right);
  const middle = sorted.length >> 1;
  const upper = sorted[middle] ?? Number.NaN;
  return sorted.length % 2 ? upper : ((sorted[middle - 1] ?? Number.NaN) + upper) / 2;
}
