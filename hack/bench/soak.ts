import { setTimeout as sleep } from 'node:timers/promises';
import { startStep } from '../tools/progress.ts';
import { residentBytes } from './proxy-process.ts';
import { statistics } from './proxy.ts';
import { measure, type Bench } from './rounds.ts';
import { scenarios } from './scenarios.ts';
import type { Pair } from './variants.ts';

/** The filter's own figures, and what its proxy takes of the machine. */
export interface Memory {
  readonly residentBytes: number;
  readonly linearBytes: number;
  readonly allocatedBytes: number;
}

export interface Soak {
  readonly requests: number;
  readonly start: Memory;
  readonly half: Memory;
  readonly end: Memory;
}

const portion = 10_000;
/** Misses that are saved take most of the filter's memory. */
export const soakPair: Pair = [scenarios.get, 'miss'];

/**
 * Sends misses, which allocate most. Linear memory never shrinks: the first half finds how much is in progress at most,
 * after which a leak alone makes it grow.
 */
export async function soak(bench: Bench, requests: number): Promise<Soak> {
  using step = startStep('Soaking');
  const start = await memory(bench);
  const middle = Math.floor(requests / 2);
  const send = async (from: number, to: number) => {
    for (let sent = from; sent < to; sent += portion) {
      step.update(`${sent} of ${requests} requests`);
      await measure(bench, soakPair, Math.min(portion, to - sent));
    }
    return memory(bench);
  };
  const half = await send(0, middle);
  return { requests, start, half, end: await send(middle, requests) };
}

async function memory({ proxy }: Bench): Promise<Memory> {
  // The filter brings its figures to Envoy ten times in a second.
  await sleep(500);
  const found = await statistics(proxy);
  const gauge = (name: string) => {
    const value = found.get(`wasmcustom.sp_agent_${name}`);
    if (value === undefined) throw new Error(`Envoy has no gauge sp_agent_${name}`);
    return value;
  };
  return {
    residentBytes: await residentBytes(proxy.pid),
    linearBytes: gauge('linear_memory_bytes'),
    allocatedBytes: gauge('memory_bytes'),
  };
}
