import { stat } from 'node:fs/promises';
import { startStep } from '../tools/progress.ts';
import { median } from './median.ts';
import { cpuNanoseconds, residentBytes, waitUntilIdle } from './proxy-process.ts';
import { startWith, type ProxyOptions } from './proxy.ts';
import { scenarios } from './scenarios.ts';
import { variants } from './variants.ts';

export interface Footprint {
  readonly moduleBytes: number;
  readonly filter: Presence;
  /** Of a module that does nothing. */
  readonly empty: Presence;
}

/** What a module adds to a proxy without one. */
export interface Presence {
  readonly startMilliseconds: number;
  /** What one more worker with its virtual machine adds, beside what a worker takes without. */
  readonly workerBytes: number;
}

interface Start {
  readonly milliseconds: number;
  readonly bytes: number;
}

const repeats = 8;
const moreWorkers = 8;
const loads = ['none', 'filter', 'empty'] as const;
const cases = loads.flatMap((load) => [1, 1 + moreWorkers].map((workers) => ({ load, workers })));
type Case = (typeof cases)[number];

/**
 * Starts proxies without a module, with the filter and with an empty one, with one worker and with several. Medians of
 * what differs within one repeat: both starts saw the same machine.
 */
export async function measureFootprint(options: ProxyOptions): Promise<Footprint> {
  using step = startStep('Starting proxies');
  const starts = new Map<Case, Start[]>(cases.map((one) => [one, []]));
  for (let repeat = 0; repeat <= repeats; repeat++) {
    step.update(`${repeat} of ${repeats} times`);
    for (const one of repeat % 2 ? cases.toReversed() : cases) {
      const started = await start(one, options);
      // The first time reads the files.
      if (repeat > 0) starts.get(one)?.push(started);
    }
  }
  const of = (load: Case['load'], isMore: boolean): readonly Start[] =>
    [...starts].find(([one]) => one.load === load && one.workers > 1 === isMore)?.[1] ?? [];
  const growth = (load: Case['load']) =>
    median(of(load, true).map(({ bytes }, repeat) => bytes - (of(load, false)[repeat]?.bytes ?? Number.NaN)));
  const presence = (load: Case['load']): Presence => ({
    startMilliseconds: median(
      of(load, false).map(
        ({ milliseconds }, repeat) => milliseconds - (of('none', false)[repeat]?.milliseconds ?? Number.NaN),
      ),
    ),
    workerBytes: (growth(load) - growth('none')) / moreWorkers,
  });
  return {
    moduleBytes: (await stat(options.modules.filter)).size,
    filter: presence('filter'),
    empty: presence('empty'),
  };
}

async function start({ load, workers }: Case, options: ProxyOptions): Promise<Start> {
  const { modules } = options;
  const loaded =
    load === 'none' ? {} : variants.miss.listener(scenarios.get, { ...modules, filter: modules[load] });
  await using envoy = await startWith([{ name: load, upstream: 'upstream', ...loaded }], options, workers);
  await waitUntilIdle(envoy.pid);
  return { milliseconds: (await cpuNanoseconds(envoy.pid)) / 1e6, bytes: await residentBytes(envoy.pid) };
}
