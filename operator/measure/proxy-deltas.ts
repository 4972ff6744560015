import type { ProxyTotals } from '../api/gates.ts';
import type { ProxyCounts, RequestCounts } from './proxy-counts.ts';

export type Side = 'canary' | 'stable';

interface Known {
  readonly side: Side;
  readonly counts: ProxyCounts;
}

/**
 * What proxies counted since they were first looked at, summed over the pods of either side. The first answer of a pod is the base
 * that it counts from, and so is the first after it has changed sides. A pod that is gone keeps its part.
 */
export class ProxyDeltas {
  readonly #known = new Map<string, Known>();
  readonly #sums = { canary: new Sums(), stable: new Sums() };
  #hasIstio = false;

  /** @param uid of the pod: the one that replaces it may have the same name. */
  add(uid: string, side: Side, counts: ProxyCounts): void {
    const known = this.#known.get(uid);
    this.#known.set(uid, { side, counts });
    this.#hasIstio ||= counts.istio !== undefined;
    if (known?.side === side) this.#sums[side].add(counts, known.counts);
  }

  totals(): Readonly<Record<Side, ProxyTotals>> {
    // Either metric, but the same for both sides: they do not count the same requests.
    const hasIstio = this.#hasIstio;
    return { canary: this.#sums.canary.totals(hasIstio), stable: this.#sums.stable.totals(hasIstio) };
  }
}

const none: RequestCounts = { all: 0, failed: 0 };

class Sums {
  readonly #istio = { all: 0, failed: 0 };
  readonly #filter = { all: 0, failed: 0 };
  readonly #others = { lookups: 0, failedLookups: 0, recordings: 0, droppedRecordings: 0 };
  #restarts = 0;

  add(now: ProxyCounts, before: ProxyCounts): void {
    if (now.uptime < before.uptime) this.#restarts += 1;
    addRequests(this.#istio, now.istio, before.istio);
    addRequests(this.#filter, now.filter, before.filter);
    for (const key of ['lookups', 'failedLookups', 'recordings', 'droppedRecordings'] as const) {
      this.#others[key] += increase(now[key], before[key]);
    }
  }

  totals(hasIstio: boolean): ProxyTotals {
    const { all, failed } = hasIstio ? this.#istio : this.#filter;
    return { requests: all, failedRequests: failed, ...this.#others, restarts: this.#restarts };
  }
}

function addRequests(sum: { all: number; failed: number }, now = none, before = none): void {
  sum.all += increase(now.all, before.all);
  sum.failed += increase(now.failed, before.failed);
}

/** A counter that went back belongs to a proxy that was started again: all of it came since. */
function increase(now: number, before: number): number {
  return now >= before ? now - before : now;
}
