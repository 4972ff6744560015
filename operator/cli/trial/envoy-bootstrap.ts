import { isIP } from 'node:net';
import { getCACertificates } from 'node:tls';

/** Part of a listener's configuration that a caller decides. */
export interface EnvoyListener {
  readonly name: string;
  /** Loopback port; a free one by default. */
  readonly port?: number;
  /** Cluster that requests go to after the filter. */
  readonly upstream: string;
  /** Requests carry upstream's name as their host, as another server than one's own expects. */
  readonly rewritesHost?: boolean;
  readonly filter?: EnvoyWasmFilter;
  /** Other HTTP filters, in Envoy's own form, which run before ours. */
  readonly httpFilters?: readonly object[];
  /** Cluster that gets a copy of each request, its answer unread. */
  readonly mirror?: string;
  /** Further fields of the listener, in Envoy's own form. */
  readonly fields?: object;
  /** Further fields of the HTTP connection manager, in Envoy's own form. */
  readonly connectionManager?: object;
  /** Fields of the router, in Envoy's own form. */
  readonly router?: object;
}

export interface EnvoyWasmFilter {
  /** Path of the module on disk. */
  readonly module: string;
  /** Root id of a custom filter. */
  readonly rootId?: string;
  /** The filter's configuration: JSON text. */
  readonly configuration: string;
  /** May the filter hold request headers while the body is read? Envoy 1.35 and later. */
  readonly holdHeaders: boolean;
  /** Environment variables of the proxy that the filter's virtual machine sees. */
  readonly hostEnvironment: readonly string[];
  /** What becomes of requests when the filter has trapped. Default: Envoy's own, FAIL_CLOSED. */
  readonly failurePolicy?: 'FAIL_OPEN' | 'FAIL_CLOSED' | 'FAIL_RELOAD';
}

/** Root id of SP Agent's own filter: Istio takes it from `pluginName`. */
const ownRootId = 'sp_agent';

/** Where a cluster leads: a port of this machine, or a server. */
export type ClusterTarget = number | URL;

/** The filter's name in Envoy's statistics. */
export const pluginName = 'sp_agent';

/** Of a message in Envoy's API, by its name below `envoy.`. */
export const typeUrl = (name: string) => `type.googleapis.com/envoy.${name}`;

/**
 * An Envoy configuration: plain HTTP listeners on free loopback ports.
 * @param listeners themselves, or the path of a file that holds them (`listenersFile`) and may be replaced.
 */
export function envoyBootstrap(
  listeners: readonly EnvoyListener[] | string,
  clusters: Readonly<Record<string, ClusterTarget>>,
  node: object = {},
): object {
  const isFile = typeof listeners === 'string';
  return {
    node,
    admin: { address: loopback(0) },
    ...(isFile ? { dynamic_resources: { lds_config: { path_config_source: { path: listeners } } } } : {}),
    static_resources: {
      listeners: isFile ? [] : listeners.map(listener),
      clusters: Object.entries(clusters).map(([name, target]) => cluster(name, target)),
    },
  };
}

/** The content of a file of listeners. */
export function listenersFile(listeners: readonly EnvoyListener[]): string {
  const type = { '@type': typeUrl('config.listener.v3.Listener') };
  return JSON.stringify({ resources: listeners.map((each) => ({ ...type, ...listener(each) })) });
}

function loopback(port: number): object {
  return { socket_address: { address: '127.0.0.1', port_value: port } };
}

function listener(options: EnvoyListener): object {
  const { name, filter, httpFilters = [], fields, connectionManager, router } = options;
  const routerFilter = {
    name: 'envoy.filters.http.router',
    typed_config: { '@type': typeUrl('extensions.filters.http.router.v3.Router'), ...router },
  };
  return {
    name,
    address: loopback(options.port ?? 0),
    filter_chains: [
      {
        filters: [
          {
            name: 'envoy.filters.network.http_connection_manager',
            typed_config: {
              '@type': typeUrl('extensions.filters.network.http_connection_manager.v3.HttpConnectionManager'),
              stat_prefix: name,
              route_config: {
                virtual_hosts: [
                  {
                    name,
                    domains: ['*'],
                    routes: [
                      {
                        match: { prefix: '/' },
                        route: {
                          cluster: options.upstream,
                          ...(options.rewritesHost ? { auto_host_rewrite: true } : {}),
                          ...(options.mirror
                            ? { request_mirror_policies: [{ cluster: options.mirror }] }
                            : {}),
                        },
                      },
                    ],
                  },
                ],
              },
              http_filters: [...httpFilters, ...(filter ? [wasmFilter(filter)] : []), routerFilter],
              ...connectionManager,
            },
          },
        ],
      },
    ],
    ...fields,
  };
}

function wasmFilter(filter: EnvoyWasmFilter): object {
  return {
    name: 'envoy.filters.http.wasm',
    typed_config: {
      '@type': typeUrl('extensions.filters.http.wasm.v3.Wasm'),
      config: {
        name: pluginName,
        root_id: filter.rootId ?? ownRootId,
        ...(filter.failurePolicy ? { failure_policy: filter.failurePolicy } : {}),
        ...(filter.holdHeaders ? { allow_on_headers_stop_iteration: true } : {}),
        vm_config: {
          vm_id: ownRootId,
          runtime: 'envoy.wasm.runtime.v8',
          code: { local: { filename: filter.module } },
          environment_variables: { host_env_keys: filter.hostEnvironment },
        },
        configuration: {
          '@type': 'type.googleapis.com/google.protobuf.StringValue',
          value: filter.configuration,
        },
      },
    },
  };
}

function cluster(name: string, target: ClusterTarget): object {
  const isPort = typeof target === 'number';
  return {
    name,
    ...(isPort ? { type: 'STATIC' } : { type: 'STRICT_DNS', dns_lookup_family: 'ALL' }),
    ...(!isPort && target.protocol === 'https:' ? { transport_socket: tlsSocket(target.hostname) } : {}),
    connect_timeout: '5s',
    typed_extension_protocol_options: {
      'envoy.extensions.upstreams.http.v3.HttpProtocolOptions': {
        '@type': typeUrl('extensions.upstreams.http.v3.HttpProtocolOptions'),
        explicit_http_config: { http_protocol_options: { enable_trailers: true } },
      },
    },
    // Envoy's own limit is 1,024: above it, a burst of lookups would fail here and not where it is meant to be seen.
    circuit_breakers: {
      thresholds: [{ max_connections: 10_000, max_pending_requests: 10_000, max_requests: 10_000 }],
    },
    load_assignment: {
      cluster_name: name,
      endpoints: [
        { lb_endpoints: [{ endpoint: isPort ? { address: loopback(target) } : serverEndpoint(target) }] },
      ],
    },
  };
}

function serverEndpoint({ hostname, port, protocol }: URL): object {
  const number = port === '' ? (protocol === 'https:' ? 443 : 80) : Number(port);
  // A URL has an IPv6 address in brackets.
  const address = hostname.replace(/^\[(.*)\]$/, '$1');
  return { address: { socket_address: { address, port_value: number } }, hostname };
}

/** Requests carry credentials: the server's certificate must be for its name, and from an authority that Node trusts. */
function tlsSocket(hostname: string): object {
  const address = hostname.replace(/^\[|\]$/g, '');
  const name = { san_type: isIP(address) ? 'IP_ADDRESS' : 'DNS', matcher: { exact: address } };
  const validation = {
    trusted_ca: { inline_string: getCACertificates('default').join('\n') },
    match_typed_subject_alt_names: [name],
  };
  return {
    name: 'envoy.transport_sockets.tls',
    typed_config: {
      '@type': typeUrl('extensions.transport_sockets.tls.v3.UpstreamTlsContext'),
      ...(isIP(address) ? {} : { sni: address }),
      common_tls_context: { validation_context: validation },
    },
  };
}
