/** What one proxy has counted since it started. */
export interface ProxyCounts {
  /** Seconds. */
  readonly uptime: number;
  /** By Istio's own metric; undefined if the proxy has none. */
  readonly istio: RequestCounts | undefined;
  /** By our filter, of the revisions that were asked for. */
  readonly filter: RequestCounts;
  readonly lookups: number;
  readonly failedLookups: number;
  readonly recordings: number;
  readonly droppedRecordings: number;
}

export interface RequestCounts {
  readonly all: number;
  /** Answered with 5xx; for Istio's metric also: not answered. */
  readonly failed: number;
}

/**
 * For Envoy's `?filter=`: names as Envoy has them. Istio's metrics begin with `istiocustom.`, those of wasm filters with
 * `wasmcustom.` (https://istio.io/latest/docs/reference/config/metrics/).
 */
export const countsFilter = '^istiocustom\\.istio_requests_total|^wasmcustom|^server\\.uptime$';

const sample = /^([a-zA-Z_:][a-zA-Z0-9_:]*)(\{[^\n]*\})?\s+([^\s]+)(?:\s+-?\d+)?$/;
const relevant = /^(?:istio_requests_total|envoy_server_uptime|(?:envoy_)?(?:wasmcustom_)?sp_agent_)/;
const own = /^(?:envoy_)?(?:wasmcustom_)?sp_agent_(.*)$/;
const ofRevision = /^revision_([0-9a-f]{12})_(?:inbound|outbound)_responses_([2-5])xx$/;
const lookup = /^lookup_(?:hits|misses|(errors)_(?:timeout|unreachable|status|malformed))$/;
const recording = /^(?:saved_spans|(dropped)_[a-z]+)$/;
/** 0: no response. https://istio.io/latest/docs/reference/config/metrics/#labels */
const responseCode = /[{,]response_code="(\d{1,3})"/;

/** Reads Prometheus text line by line, and keeps sums alone: a pod can write any statistics into its own answer. */
export class ProxyCountsReader {
  readonly #isCounted: (revision: string) => boolean;
  #uptime = 0;
  #istio: { all: number; failed: number } | undefined;
  readonly #filter = { all: 0, failed: 0 };
  readonly #sums = { lookups: 0, failedLookups: 0, recordings: 0, droppedRecordings: 0 };

  /** @param isCounted whether responses of this revision of our filter are. */
  constructor(isCounted: (revision: string) => boolean) {
    this.#isCounted = isCounted;
  }

  read(line: string): void {
    if (!relevant.test(line)) return;
    const [, name = '', labels = '', text = ''] = sample.exec(line.trimEnd()) ?? [];
    const value = Number(text);
    if (name === '' || !Number.isFinite(value) || value < 0) return;
    if (name === 'envoy_server_uptime') this.#uptime = value;
    else if (name === 'istio_requests_total') this.#readIstio(labels, value);
    else this.#readOwn(own.exec(name)?.[1] ?? '', value);
  }

  result(): ProxyCounts {
    return { uptime: this.#uptime, istio: this.#istio, filter: this.#filter, ...this.#sums };
  }

  #readIstio(labels: string, value: number): void {
    const code = Number(responseCode.exec(labels)?.[1] ?? 200);
    this.#istio ??= { all: 0, failed: 0 };
    this.#istio.all += value;
    if (code >= 500 || code === 0) this.#istio.failed += value;
  }

  #readOwn(name: string, value: number): void {
    const [, revision, hundreds] = ofRevision.exec(name) ?? [];
    if (revision !== undefined) {
      if (!this.#isCounted(revision)) return;
      this.#filter.all += value;
      if (hundreds === '5') this.#filter.failed += value;
      return;
    }
    const ofLookup = lookup.exec(name);
    if (ofLookup !== null) {
      this.#sums.lookups += value;
      if (ofLookup[1] !== undefined) this.#sums.failedLookups += value;
    }
    const ofRecording = recording.exec(name);
    if (ofRecording !== null) {
      this.#sums.recordings += value;
      if (ofRecording[1] !== undefined) this.#sums.droppedRecordings += value;
    }
  }
}
