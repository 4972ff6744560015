import { typeUrl, type EnvoyListener, type EnvoyWasmFilter } from '../../operator/cli/envoy-bootstrap.ts';
import type { BackendCounts } from './backend.ts';
import type { Load } from './load.ts';

/** What the client asks for. */
export interface Scenario {
  readonly name: string;
  readonly method: Load['method'];
  readonly requestBytes: number;
  readonly answerBytes: number;
}

export const scenarios = {
  get: { name: 'GET, 1 KB JSON answer', method: 'GET', requestBytes: 0, answerBytes: 1024 },
  post: { name: 'POST 4 KB, 1 KB answer', method: 'POST', requestBytes: 4096, answerBytes: 1024 },
  large: { name: 'POST 64 KB, 64 KB answer', method: 'POST', requestBytes: 65_536, answerBytes: 65_536 },
} as const satisfies Record<string, Scenario>;

/** What the proxy does with a request. */
export type Variant = 'no filter' | 'ext_authz' | 'ext_authz + mirror' | 'bypassed' | 'hit' | 'miss';

/** Which of two proxies runs it. A process without the filter has no V8. */
export function proxyOf(variant: Variant): 'native' | 'ours' {
  return variant === 'bypassed' || variant === 'hit' || variant === 'miss' ? 'ours' : 'native';
}

export function listenerOf(scenario: Scenario, variant: Variant): string {
  return `${variant}, ${scenario.requestBytes}, ${scenario.answerBytes}`;
}

/** The calls that one request must lead to. `lookupBytes` is the least of it. */
export function callsOf(scenario: Scenario, variant: Variant): Partial<BackendCounts> {
  const bytes = scenario.requestBytes;
  const upstream = { upstream: 1, upstreamBytes: bytes };
  const authorisation = { authorisations: 1, authorisationBytes: bytes };
  const lookup = { lookups: 1, lookupBytes: bytes };
  switch (variant) {
    case 'no filter':
    case 'bypassed':
      return upstream;
    case 'ext_authz':
      return { ...upstream, ...authorisation };
    case 'ext_authz + mirror':
      return { ...upstream, ...authorisation, mirrored: 1 };
    case 'hit':
      return lookup;
    case 'miss':
      return { ...upstream, ...lookup, recordings: 1 };
  }
}

export function listener(scenario: Scenario, variant: Variant, module: string): EnvoyListener {
  const base = { name: listenerOf(scenario, variant), upstream: 'upstream' };
  switch (variant) {
    case 'no filter':
      return base;
    case 'ext_authz':
      return { ...base, httpFilters: [externalAuthorisation(scenario)] };
    case 'ext_authz + mirror':
      return { ...base, httpFilters: [externalAuthorisation(scenario)], mirror: 'mirror' };
    case 'bypassed':
    case 'hit':
    case 'miss':
      return { ...base, filter: filter(scenario, variant, module) };
  }
}

function externalAuthorisation({ requestBytes }: Scenario): object {
  return {
    name: 'envoy.filters.http.ext_authz',
    typed_config: {
      '@type': typeUrl('extensions.filters.http.ext_authz.v3.ExtAuthz'),
      transport_api_version: 'V3',
      http_service: {
        server_uri: { uri: 'http://authz.example', cluster: 'authz', timeout: '1s' },
        path_prefix: '/authz',
      },
      // Holds the request until its body is there, and sends the body: what our filter does too.
      ...(requestBytes > 0 ? { with_request_body: { max_request_bytes: 1 << 20 } } : {}),
    },
  };
}

function filter(scenario: Scenario, variant: 'bypassed' | 'hit' | 'miss', module: string): EnvoyWasmFilter {
  const configuration = {
    version: 1,
    agent: 'bench/bench',
    revision: '0123456789ab',
    direction: 'outbound',
    backend: {
      cluster: 'backend',
      authority: 'backend.example',
      pathPrefix: variant === 'hit' ? `/hit/${scenario.answerBytes}` : '/miss',
    },
    lookup: { withBody: true },
    capture: { exempt: variant === 'bypassed' ? [{ path: { prefix: '/orders/' } }] : [] },
  };
  return { module, configuration: JSON.stringify(configuration), holdHeaders: true, hostEnvironment: [] };
}
