/** The HTTP filters that are compared: Envoy's own ext_authz, ours, and the least that a module can do. */
import { typeUrl, type EnvoyListener } from '../../operator/cli/trial/envoy-bootstrap.ts';
import type { Modules } from './modules.ts';
import type { Scenario } from './scenarios.ts';

type Listener = (scenario: Scenario, modules: Modules) => Partial<EnvoyListener>;

/** Of the load's request headers, by their first letter: all that a lookup sends too. */
const allowedHeaders = { patterns: ['a', 'c', 'u', 'x'].map((prefix) => ({ prefix })) };

export function asksNative(asked: { readonly headers?: boolean; readonly mirror?: boolean }): Listener {
  return ({ requestBytes }) => ({
    httpFilters: [
      {
        name: 'envoy.filters.http.ext_authz',
        typed_config: {
          '@type': typeUrl('extensions.filters.http.ext_authz.v3.ExtAuthz'),
          transport_api_version: 'V3',
          http_service: {
            server_uri: { uri: 'http://authz.example', cluster: 'authz', timeout: '1s' },
            path_prefix: '/authz',
          },
          ...(asked.headers ? { allowed_headers: allowedHeaders } : {}),
          // Holds the request until its body is there, and sends the body: what our filter does too.
          ...(requestBytes > 0 ? { with_request_body: { max_request_bytes: 1 << 20 } } : {}),
        },
      },
    ],
    ...(asked.mirror ? { mirror: 'mirror' } : {}),
  });
}

/** @param changes what the configuration says beside what all say */
export function asksOurs(
  changes: { readonly lookup?: object; readonly capture?: object },
  pathPrefix: (scenario: Scenario) => string = () => '/miss',
): Listener {
  return (scenario, { filter }) => ({
    filter: {
      module: filter,
      configuration: JSON.stringify({
        version: 1,
        agent: 'bench/bench',
        revision: '0123456789ab',
        direction: 'outbound',
        backend: { cluster: 'backend', authority: 'backend.example', pathPrefix: pathPrefix(scenario) },
        // Keys that older modules know too, see --before. Requests have a session: the rules of caches do not apply.
        lookup: { withBody: true, ...changes.lookup },
        capture: changes.capture ?? {},
        // A round waits for its last batch. All others are full long before: a request pays no more than by default.
        // The queue holds what a round saves: this backend shares the machine with the load.
        save: { flushMs: 100, maxQueueBytes: 32 << 20 },
      }),
      holdHeaders: true,
      hostEnvironment: [],
    },
  });
}

export function asksFloor(path: (scenario: Scenario) => string): Listener {
  return (scenario, { floor }) => ({
    filter: { module: floor, configuration: path(scenario), holdHeaders: true, hostEnvironment: [] },
  });
}
