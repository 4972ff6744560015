import type { RunningOperator } from '../../demo/operator-process.ts';

/** What the operator's process has used since it began, by its own metrics. Children, which compile filters, are not in it. */
export interface Usage {
  readonly cpuMilliseconds: number;
  readonly residentMebibytes: number;
  readonly reconciles: number;
  /** Requests to the API server that change something. */
  readonly writes: number;
  /** Agents that wait in the queue. */
  readonly waiting: number;
}

const changing: ReadonlySet<string | undefined> = new Set(['POST', 'PUT', 'PATCH', 'DELETE']);

export async function usageOf({ metricsUrl }: Pick<RunningOperator, 'metricsUrl'>): Promise<Usage> {
  const page = await (await fetch(metricsUrl)).text();
  const sum = (name: string, counts: (labels: string) => boolean = () => true) =>
    [...page.matchAll(new RegExp(`^${name}(?:\\{([^}]*)\\})? (\\S+)$`, 'gm'))]
      .filter(([, labels = '']) => counts(labels))
      .reduce((total, [, , value]) => total + Number(value), 0);
  return {
    cpuMilliseconds: sum('process_cpu_seconds_total') * 1000,
    residentMebibytes: sum('process_resident_memory_bytes') / 2 ** 20,
    reconciles: sum('controller_runtime_reconcile_total'),
    writes: sum('rest_client_requests_total', (labels) => changing.has(/method="(\w+)"/.exec(labels)?.[1])),
    waiting: sum('workqueue_depth'),
  };
}

/** What was used between the two; memory and queue are those of the end. */
export function usedBetween(before: Usage, after: Usage): Usage {
  return {
    ...after,
    cpuMilliseconds: after.cpuMilliseconds - before.cpuMilliseconds,
    reconciles: after.reconciles - before.reconciles,
    writes: after.writes - before.writes,
  };
}
