import type { EnvoyListener } from '../../operator/cli/trial/envoy-bootstrap.ts';
import type { BackendCounts } from './backend.ts';
import { asksFloor, asksNative, asksOurs } from './http-filters.ts';
import type { Modules } from './modules.ts';
import { scenarios, type Scenario } from './scenarios.ts';

/** What the proxy does with a request. */
export interface Variant {
  /** What the listener does before it passes a request on. */
  readonly listener: (scenario: Scenario, modules: Modules) => Partial<EnvoyListener>;
  /** The calls that one request must lead to. `lookupBytes` is the least of it. */
  readonly calls: (scenario: Scenario) => Partial<BackendCounts>;
  /** Envoy's statistics that one request must raise by one. */
  readonly counters: readonly string[];
}

const upstream = ({ requestBytes }: Scenario) => ({ upstream: 1, upstreamBytes: requestBytes });
const lookup = ({ requestBytes }: Scenario) => ({ lookups: 1, lookupBytes: requestBytes });
const missed = (scenario: Scenario) => ({ ...upstream(scenario), ...lookup(scenario) });
const saved = (scenario: Scenario) => ({ ...missed(scenario), recordings: 1 });
const authorised = (scenario: Scenario) => ({
  ...upstream(scenario),
  authorisations: 1,
  authorisationBytes: scenario.requestBytes,
});

const authorisation = 'cluster.authz.upstream_rq_completed';
const mirrored = 'cluster.mirror.upstream_rq_completed';
const counted = (name: string) => `wasmcustom.sp_agent_${name}`;
const savedMiss = ['lookup_misses', 'saved_spans'].map(counted);

/** Whose names are looked for and not found: a saved body must have the size that it had. */
const fields = ['password', 'card'];

/** Each reads the path to its end, and only the last matches. */
const rules = Array.from({ length: 20 }, (_, index) => ({
  path: { regex: `/orders/[0-9]+${index < 19 ? `/parts/${index}` : ''}` },
}));

/** In the order in which they are measured: what is compared is close in time. */
export const variants = {
  'no filter': { listener: () => ({}), calls: upstream, counters: [] },
  bypassed: {
    listener: asksOurs({ capture: { exempt: [{ path: { prefix: '/orders/' } }] } }),
    calls: upstream,
    counters: [counted('bypassed')],
  },
  'floor, hit': {
    listener: asksFloor(({ answerBytes }) => `/plain/${answerBytes}/v1/inject`),
    calls: lookup,
    counters: [],
  },
  hit: {
    listener: asksOurs({}, ({ answerBytes }) => `/hit/${answerBytes}`),
    calls: lookup,
    counters: [counted('lookup_hits')],
  },
  ext_authz: { listener: asksNative({}), calls: authorised, counters: [authorisation] },
  miss: { listener: asksOurs({}), calls: saved, counters: savedMiss },
  'miss, fields redacted': {
    listener: asksOurs({ capture: { redact: { jsonFields: fields } } }),
    calls: saved,
    counters: savedMiss,
  },
  'miss, 20 rules': { listener: asksOurs({ capture: { rules } }), calls: saved, counters: savedMiss },
  'miss, not saved': {
    listener: asksOurs({ capture: { statuses: ['599'] } }),
    calls: missed,
    counters: [counted('lookup_misses')],
  },
  'floor, miss': { listener: asksFloor(() => '/miss/v1/inject'), calls: missed, counters: [] },
  'saved without lookup': {
    listener: asksOurs({ lookup: { enabled: false } }),
    calls: (scenario) => ({ ...upstream(scenario), recordings: 1 }),
    counters: [counted('saved_spans')],
  },
  'ext_authz + mirror': {
    listener: asksNative({ mirror: true }),
    calls: (scenario) => ({ ...authorised(scenario), mirrored: 1 }),
    counters: [authorisation, mirrored],
  },
  'ext_authz with headers': {
    listener: asksNative({ headers: true }),
    calls: (scenario) => ({ ...authorised(scenario), authorisedSessions: 1 }),
    counters: [authorisation],
  },
  'ext_authz with headers + mirror': {
    listener: asksNative({ headers: true, mirror: true }),
    calls: (scenario) => ({ ...authorised(scenario), authorisedSessions: 1, mirrored: 1 }),
    counters: [authorisation, mirrored],
  },
} as const satisfies Record<string, Variant>;

export type VariantName = keyof typeof variants;

/** What is measured in every round; with `before`, by the module that the filter is compared with. */
export type Pair = readonly [Scenario, VariantName, 'before'?];

export function listenerOf([scenario, variant, before]: Pair): string {
  return [variant, scenario.requestBytes, scenario.answerBytes, ...(before ? [before] : [])].join(', ');
}

const withTargets: readonly VariantName[] = ['no filter', 'hit', 'ext_authz', 'miss', 'ext_authz + mirror'];
const all = Object.keys(variants) as VariantName[];

export const pairs: readonly Pair[] = [
  { scenario: scenarios.get, names: all },
  { scenario: scenarios.post, names: all },
  { scenario: scenarios.upload, names: withTargets },
  { scenario: scenarios.large, names: all },
].flatMap(({ scenario, names }) => names.map((name) => [scenario, name] as const));
