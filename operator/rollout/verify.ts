import type { Cause, Verification } from '../api/pod.ts';

/**
 * What a proxy's own statistics (`:15020/stats/prometheus` of the pod) say about a revision.
 *
 * The filter sets one gauge per revision to the time of its last successful configure, in Unix seconds. A gauge outlives
 * the virtual machine that made it, so that only the latest one tells what runs. "Applied" proves nothing: Istio's agent
 * acknowledges a module that it cannot fetch, and puts an allow-all or deny-all filter in its place.
 */
export function verifyProxy(statistics: string, revision: string): Verification {
  const found = readStatistics(statistics);
  const configuredAt = found.configuredAt.get(revision) ?? 0;
  if (configuredAt === 0) return missingVerdict(found, revision);
  for (const [other, time] of found.configuredAt) {
    if (time > configuredAt) {
      return notVerified(`its proxy configured revision ${other} after ${revision}`, 'Unclear');
    }
  }
  return { state: 'Verified' };
}

interface Findings {
  /** Revision → Unix seconds. */
  readonly configuredAt: Map<string, number>;
  readonly fetches: Map<string, number>;
  readonly conversions: Map<string, number>;
  hasStandIn: boolean;
}

// Istio's agent gives the module's own gauges without Envoy's prefix; Envoy's admin page gives them with it.
const gauge = /^(?:envoy_)?(?:wasmcustom_)?sp_agent_revision_([0-9a-f]{12})_configured_at_seconds$/;
// The stand-in of Istio's agent for a module it cannot load: pkg/wasm/convert.go, DefaultDenyStatPrefix and its sister.
const standIn = /wasm[-_]default[-_](deny|allow)/;
const sample = /^([a-zA-Z_:][a-zA-Z0-9_:]*)(\{[^\n]*\})?\s+([^\s]+)(?:\s+-?\d+)?$/;

function readStatistics(statistics: string): Findings {
  const found: Findings = {
    configuredAt: new Map(),
    fetches: new Map(),
    conversions: new Map(),
    hasStandIn: false,
  };
  for (const line of statistics.split('\n')) {
    if (line.startsWith('#')) continue;
    const [, name = '', labels = '', text = ''] = sample.exec(line.trimEnd()) ?? [];
    const value = Number(text);
    if (name === '' || !Number.isFinite(value)) continue;
    const revision = gauge.exec(name)?.[1];
    const result = /result="([^"]*)"/.exec(labels)?.[1] ?? '';
    if (revision !== undefined) {
      found.configuredAt.set(revision, Math.max(value, found.configuredAt.get(revision) ?? 0));
    } else if (name === 'istio_agent_wasm_remote_fetch_count') found.fetches.set(result, value);
    else if (name === 'istio_agent_wasm_config_conversion_count') found.conversions.set(result, value);
    else if (standIn.test(name) || standIn.test(labels)) found.hasStandIn = true;
  }
  return found;
}

/** Counters of Istio's agent: pkg/wasm/monitoring.go. They count the modules of all plug-ins together. */
function missingVerdict(found: Findings, revision: string): Verification {
  const failed = failuresOf(found.conversions);
  const fetches = failuresOf(found.fetches);
  const isLoaded = (found.conversions.get('success') ?? 0) > 0;
  const lacks = `its proxy has not configured revision ${revision}`;
  if (failed.length === 0 && !found.hasStandIn) {
    if (!isLoaded) return notVerified(lacks, 'Unclear');
    return notVerified(`${lacks}, though it has a module; ${seeLog}`, 'NotConfigured');
  }
  const results = [...fetches, ...failed].join(', ');
  const why = results === '' ? '' : ` (${results})`;
  const message = `${lacks}: Istio's agent could not load a module${why}; ${seeLog}`;
  if (fetches.some((result) => passing.has(result))) return notVerified(message, 'NotFetched');
  // Another plug-in's module may be the one that failed, if any was loaded.
  return notVerified(message, isLoaded ? 'Unclear' : 'Refused');
}

const seeLog = 'see the log of the container istio-proxy';
/** Failures of a fetch that may have had a cause of the moment, such as a server that was not there. */
const passing: ReadonlySet<string> = new Set(['download_failure', 'manifest_failure']);

function failuresOf(counts: ReadonlyMap<string, number>): string[] {
  return [...counts].flatMap(([result, count]) => (result !== 'success' && count > 0 ? [result] : []));
}

function notVerified(message: string, cause: Cause): Verification {
  return { state: 'NotVerified', message, cause };
}
