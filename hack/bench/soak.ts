import { setTimeout as sleep } from 'node:timers/promises';
import { startStep } from '../tools/progress.ts';
import { statistics } from './proxy.ts';
import { measure, type Bench } from './rounds.ts';
import { scenarios } from './scenarios.ts';

export interface Soak {
  readonly requests: number;
  /** Linear memory and allocated bytes, before and after. */
  readonly linearBytes: readonly [number, number];
  readonly usedBytes: readonly [number, number];
}

const portion = 10_000;

/** Sends misses, which allocate most, and reads the filter's gauges before and after. */
export async function soak(bench: Bench, requests: number): Promise<Soak> {
  using step = startStep('Soaking');
  const before = await gauges(bench);
  for (let sent = 0; sent < requests; sent += portion) {
    step.update(`${sent} of ${requests} requests`);
    await measure(bench, [scenarios.get, 'miss'], Math.min(portion, requests - sent));
  }
  const after = await gauges(bench);
  return {
    requests,
    linearBytes: [before.linear, after.linear],
    usedBytes: [before.used, after.used],
  };
}

async function gauges({ proxy }: Bench): Promise<{ linear: number; used: number }> {
  // The filter brings its figures to Envoy by a timer of a second.
  await sleep(2500);
  const found = await statistics(proxy);
  const gauge = (name: string) => {
    const value = found.get(`wasmcustom.sp_agent_${name}`);
    if (value === undefined) throw new Error(`Envoy has no gauge sp_agent_${name}`);
    return value;
  };
  return { linear: gauge('linear_memory_bytes'), used: gauge('memory_bytes') };
}
