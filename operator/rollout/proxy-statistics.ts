import type { Side } from '../api/revision.ts';

/** What a proxy's statistics say about its wasm filters. */
export interface ProxyStatistics {
  /** When the proxy answered, by its node's clock. Milliseconds since the epoch; its precision is a second. */
  readonly at: number;
  /** Counters of Istio's agent by their result: pkg/wasm/monitoring.go. They count the modules of all plug-ins together. */
  readonly fetches: ReadonlyMap<string, number>;
  readonly conversions: ReadonlyMap<string, number>;
  /** Istio's agent put an allow-all or deny-all filter in the place of a module. */
  readonly hasStandIn: boolean;
  /** Name of a plug-in that Envoy has, of those that were asked for → how often its virtual machines were reloaded. */
  readonly reloads: ReadonlyMap<string, number>;
  /** Envoy has the statistics of some plug-in: then it has those of every plug-in that it has loaded. */
  readonly namesPlugins: boolean;
  readonly virtualMachines: number;
  /** That Envoy has made and ended again since it started. */
  readonly endedMachines: number;
  /** That Envoy has loaded, of any author. */
  readonly plugins: number;
  /** Worker threads; undefined if Envoy does not say. */
  readonly workers: number | undefined;
  readonly revisions: ReadonlyMap<string, RevisionStatistics>;
  /** Name without `sp_agent_` → value, of the counters of the calls to the backend. */
  readonly backend: ReadonlyMap<string, number>;
}

/** Statistics of our own filter: filter/assembly/state/revision-metrics.ts. */
export interface RevisionStatistics {
  /** Unix seconds. */
  readonly configuredAt: number;
  readonly sides: ReadonlyMap<Side, SideStatistics>;
}

export interface SideStatistics {
  readonly requests: number;
  /** Threads of the proxy that have the configuration. One that trapped is among them. */
  readonly contexts: number;
  /** Sum over them of the Unix seconds of their last ticks. */
  readonly lastTickSeconds: number;
}

/** A regular expression for Envoy's `?filter=`: the names of all its statistics that are read here, and few others. */
export const statisticsFilter = '^wasm|wasm-default-|^server\\.concurrency$';

// A pod can write any statistics into its own answer: what is kept of them is bounded.
const revisionsMax = 16;
const resultsMax = 16;

const relevant =
  /^(?:istio_agent_wasm|envoy_wasm|wasmcustom|sp_agent_|envoy_server_concurrency)|wasm[-_]default/;
const sample = /^([a-zA-Z_:][a-zA-Z0-9_:]*)(\{[^\n]*\})?\s+([^\s]+)(?:\s+-?\d+)?$/;
// Istio's agent gives the module's own statistics without Envoy's prefix; Envoy's admin page gives them with it.
const own = /^(?:envoy_)?(?:wasmcustom_)?sp_agent_(.*)$/;
const ofRevision =
  /^revision_([0-9a-f]{12})_(?:(configured_at_seconds)|(inbound|outbound)_(requests|contexts|last_tick_seconds))$/;
const ofBackend =
  /^(?:lookup_(?:hits|misses|errors_(?:timeout|unreachable|status|malformed))|saved_spans|dropped_(?:refused|retries)|skipped_circuit_open|backend_unauthorized)$/;
const machines = /^envoy_wasm_envoy_wasm_runtime_[a-z0-9_]+_(active|created)$/;
const ofPlugin = /^envoy_wasm_(.+)_vm_reload(_success|_failure|_backoff)?$/;
// The stand-in of Istio's agent for a module it cannot load: pkg/wasm/convert.go, DefaultDenyStatPrefix and its sister.
const standIn = /wasm[-_]default[-_](deny|allow)/;

interface Revision {
  configuredAt: number;
  readonly sides: Map<Side, { requests: number; contexts: number; lastTickSeconds: number }>;
}

/** Reads Prometheus text line by line, and keeps what is asked for. */
export class StatisticsReader {
  /** Plug-in's name as Prometheus writes it, between two `_`, and the name itself. */
  readonly #plugins: readonly (readonly [written: string, name: string])[];
  readonly #fetches = new Map<string, number>();
  readonly #conversions = new Map<string, number>();
  readonly #reloads = new Map<string, number>();
  readonly #revisions = new Map<string, Revision>();
  readonly #backend = new Map<string, number>();
  #hasStandIn = false;
  #namesPlugins = false;
  #virtualMachines = 0;
  #createdMachines = 0;
  #pluginCount = 0;
  #workers: number | undefined;

  /** @param plugins their names in Envoy. */
  constructor(plugins: readonly string[]) {
    this.#plugins = plugins.map((name) => [`_${name.replaceAll(/[^a-zA-Z0-9_]/g, '_')}_`, name]);
  }

  read(line: string): void {
    if (!relevant.test(line)) return;
    const [, name = '', labels = '', text = ''] = sample.exec(line.trimEnd()) ?? [];
    const value = Number(text);
    if (name === '' || !Number.isFinite(value)) return;
    const ownName = own.exec(name)?.[1];
    if (ownName !== undefined) this.#readOwn(ownName, value);
    else if (name === 'istio_agent_wasm_remote_fetch_count') keepResult(this.#fetches, labels, value);
    else if (name === 'istio_agent_wasm_config_conversion_count')
      keepResult(this.#conversions, labels, value);
    else if (name === 'envoy_server_concurrency') this.#workers = value;
    else if (machines.test(name)) this.#readMachines(name, value);
    else if (standIn.test(name) || standIn.test(labels)) this.#hasStandIn = true;
    else this.#readPlugin(name, value);
  }

  result(at: number): ProxyStatistics {
    return {
      at,
      fetches: this.#fetches,
      conversions: this.#conversions,
      hasStandIn: this.#hasStandIn,
      reloads: this.#reloads,
      namesPlugins: this.#namesPlugins,
      virtualMachines: this.#virtualMachines,
      endedMachines: Math.max(0, this.#createdMachines - this.#virtualMachines),
      plugins: this.#pluginCount,
      workers: this.#workers,
      revisions: this.#revisions,
      backend: this.#backend,
    };
  }

  #readOwn(name: string, value: number): void {
    if (ofBackend.test(name)) this.#backend.set(name, value);
    const [, id, configuredAt, side, statistic] = ofRevision.exec(name) ?? [];
    if (id === undefined) return;
    const revision = this.#revisions.get(id) ?? { configuredAt: 0, sides: new Map() };
    if (this.#revisions.size < revisionsMax) this.#revisions.set(id, revision);
    if (configuredAt !== undefined) revision.configuredAt = Math.max(revision.configuredAt, value);
    if (side === undefined) return;
    const key = side === 'inbound' ? 'Inbound' : 'Outbound';
    const of = revision.sides.get(key) ?? { requests: 0, contexts: 0, lastTickSeconds: 0 };
    revision.sides.set(key, of);
    if (statistic === 'requests') of.requests = value;
    else if (statistic === 'contexts') of.contexts = value;
    else of.lastTickSeconds = value;
  }

  #readMachines(name: string, value: number): void {
    if (name.endsWith('_active')) this.#virtualMachines += value;
    else this.#createdMachines += value;
  }

  #readPlugin(name: string, value: number): void {
    const [, written, kind] = ofPlugin.exec(name) ?? [];
    if (written === undefined) return;
    this.#namesPlugins = true;
    if (kind === undefined) this.#pluginCount += 1;
    // Istio may put something before or behind: since it makes a TrafficExtension of each WasmPlugin, for example
    // `~istio-translated-wasmplugin` (pilot/pkg/config/kube/extensions/translate.go). The name has the revision's digest in it.
    const [, plugin] = this.#plugins.find(([name]) => `_${written}_`.includes(name)) ?? [];
    if (plugin === undefined) return;
    const isReload = kind === '_success' || kind === '_failure';
    this.#reloads.set(plugin, (this.#reloads.get(plugin) ?? 0) + (isReload ? value : 0));
  }
}

function keepResult(counts: Map<string, number>, labels: string, value: number): void {
  const result = /result="([a-z_]{1,40})"/.exec(labels)?.[1];
  if (result !== undefined && (counts.has(result) || counts.size < resultsMax)) counts.set(result, value);
}
