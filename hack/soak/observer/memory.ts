import type { RunningOperator } from '../../demo/operator-process.ts';

/** What one process of the operator uses. */
export interface MemorySample {
  readonly process: string;
  /** Seconds since its run began. */
  readonly at: number;
  readonly heapMebibytes: number;
  readonly residentMebibytes: number;
}

/** The chart's limit for the container. */
const residentMebibytesMax = 256;

const growthMebibytesPerHourMax = 1;
/** Growth is judged of processes that ran for so long; garbage makes it unsure before. Seconds. */
const judgedFromSeconds = 1800;
/** The least of so many seconds is what a collection left. */
const windowSeconds = 120;

/** @throws while the process does not answer. */
export async function sampleMemory(
  process: string,
  { metricsUrl }: RunningOperator,
  at: number,
): Promise<MemorySample> {
  const page = await (await fetch(metricsUrl, { signal: AbortSignal.timeout(2000) })).text();
  const mebibytes = (name: string) => Number(new RegExp(`^${name} (\\S+)$`, 'm').exec(page)?.[1]) / 2 ** 20;
  return {
    process,
    at,
    heapMebibytes: mebibytes('nodejs_heap_size_used_bytes'),
    residentMebibytes: mebibytes('process_resident_memory_bytes'),
  };
}

/** @returns what is too much, a line for each process. */
export function memoryViolations(samples: readonly MemorySample[]): string[] {
  const byProcess = Map.groupBy(samples, ({ process }) => process);
  return [...byProcess].flatMap(([process, own]) => {
    const peak = Math.max(...own.map(({ residentMebibytes }) => residentMebibytes));
    const growth = heapGrowth(own);
    return [
      ...(peak > residentMebibytesMax
        ? [`${process} took ${peak.toFixed(0)} MiB, more than ${residentMebibytesMax}`]
        : []),
      ...(growth !== undefined && growth > growthMebibytesPerHourMax
        ? [`the heap of ${process} grows by ${growth.toFixed(1)} MiB an hour`]
        : []),
    ];
  });
}

/**
 * Least squares over the second half of a process's time, in which what it keeps is complete.
 * @returns MiB an hour; undefined where the process did not run long enough.
 */
function heapGrowth(samples: readonly MemorySample[]): number | undefined {
  const [first, last] = [samples[0], samples.at(-1)];
  if (first === undefined || last === undefined || last.at - first.at < judgedFromSeconds) return undefined;
  const middle = (first.at + last.at) / 2;
  // Windows of which a part is missing could lack their least.
  const [from, to] = [Math.ceil(middle / windowSeconds), Math.floor(last.at / windowSeconds)];
  const windowOf = ({ at }: MemorySample) => Math.floor(at / windowSeconds);
  const inWindows = samples.filter((sample) => windowOf(sample) >= from && windowOf(sample) < to);
  const windows = Map.groupBy(inWindows, windowOf);
  const points = [...windows].map(([window, own]) => ({
    hours: (window * windowSeconds) / 3600,
    mebibytes: Math.min(...own.map(({ heapMebibytes }) => heapMebibytes)),
  }));
  return slope(points);
}

function slope(points: readonly { readonly hours: number; readonly mebibytes: number }[]): number {
  const mean = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;
  const hours = mean(points.map((point) => point.hours));
  const mebibytes = mean(points.map((point) => point.mebibytes));
  const product = mean(points.map((point) => (point.hours - hours) * (point.mebibytes - mebibytes)));
  return product / mean(points.map((point) => (point.hours - hours) ** 2));
}
