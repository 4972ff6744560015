import { randomBytes } from 'node:crypto';
import { redactionKeyEnvName } from '../../api/names.ts';
import type { JsonObject } from '../../api/json.ts';
import { unrestrictedPolicy } from '../../api/policy.ts';
import type { SpAgent } from '../../api/schema.ts';
import { pluginConfig, textOf } from '../../render/plugin-config.ts';
import { backendRoute } from '../../render/backend/backend-target.ts';
import {
  envoyBootstrap,
  type ClusterTarget,
  type EnvoyListener,
  type EnvoyWasmFilter,
} from './envoy-bootstrap.ts';
import { startEnvoy, type Envoy } from './envoy.ts';

/** An Envoy of this machine with the filter, between a client and a server. */
export interface LocalProxy extends AsyncDisposable {
  readonly envoy: Envoy;
  readonly url: string;
}

/** A checked module, in a file. */
export interface TrialModule {
  readonly file: string;
  readonly sizeBytes: number;
  readonly digest: string;
  /** It is SP Agent's own filter, whose configuration is made of the spec. */
  readonly readsSpec: boolean;
  readonly rootId: string | undefined;
}

/** What the configuration of a local proxy is made of. */
export interface LocalProxyConfig {
  readonly module: TrialModule;
  /** Its configuration is used, but for the backend's address and the ports. */
  readonly agent: SpAgent;
  readonly upstream: ClusterTarget;
  /** Loopback port of the backend. */
  readonly backendPort: number;
  /** Loopback port to listen on. Default: a free one. */
  readonly port?: number;
  /** Which traffic the filter takes the requests for. Default: outbound. */
  readonly side?: 'inbound' | 'outbound';
}

export interface LocalProxyOptions extends LocalProxyConfig {
  /** Path of the Envoy executable. */
  readonly envoy: string;
  readonly onLog?: (text: string) => void;
}

const backendCluster = 'backend';
const listener = 'trial';

export async function startLocalProxy(options: LocalProxyOptions): Promise<LocalProxy> {
  const envoy = await startEnvoy({
    binary: options.envoy,
    listeners: [listenerOf(options)],
    clusters: clustersOf(options),
    environment: { [redactionKeyEnvName]: randomBytes(32).toString('hex') },
    wasmLogLevel: 'debug',
    ...(options.onLog ? { onLog: options.onLog } : {}),
  });
  return {
    envoy,
    url: envoy.listenerUrl(listener),
    [Symbol.asyncDispose]: () => envoy[Symbol.asyncDispose](),
  };
}

/** The same proxy as a configuration that people can read, change and give to an Envoy themselves. */
export function localBootstrap(config: LocalProxyConfig): object {
  return envoyBootstrap([listenerOf(config)], clustersOf(config));
}

function listenerOf(config: LocalProxyConfig): EnvoyListener {
  return {
    name: listener,
    upstream: 'upstream',
    ...(config.port === undefined ? {} : { port: config.port }),
    // A server elsewhere knows its own name alone.
    rewritesHost: typeof config.upstream !== 'number',
    filter: filterOf(config),
  };
}

function clustersOf({ upstream, backendPort }: LocalProxyConfig): Record<string, ClusterTarget> {
  return { upstream, [backendCluster]: backendPort };
}

function filterOf({
  module: { file, readsSpec, rootId },
  agent,
  side,
  backendPort,
}: LocalProxyConfig): EnvoyWasmFilter {
  const { filter } = agent.spec;
  const common = { module: file, hostEnvironment: [redactionKeyEnvName] };
  if (readsSpec) {
    const configuration = {
      ...localConfig(agent),
      // Not a name that a client may use: calls with the backend's own name are left alone.
      backend: { cluster: backendCluster, authority: `127.0.0.1:${backendPort}`, timeoutMs: 5000 },
      direction: side ?? 'outbound',
    };
    return { ...common, configuration: JSON.stringify(configuration), holdHeaders: true };
  }
  return {
    ...common,
    rootId: filter.rootId ?? rootId ?? '',
    configuration: filter.config === undefined ? '' : textOf(filter.config),
    holdHeaders: false,
  };
}

/** The agent's own configuration, which has the level of its log. The listener has a port of its own. */
function localConfig(agent: SpAgent): JsonObject {
  const route = backendRoute(
    { url: 'http://localhost' },
    { namespace: agent.namespace, clusterDomain: unrestrictedPolicy.clusterDomain },
  );
  const { spec } = agent;
  const capture = { ...spec.capture, ports: [] };
  const config = pluginConfig({ ...agent, spec: { ...spec, capture } }, route, true);
  return { ...config, logLevel: spec.logLevel === 'Debug' ? 'debug' : 'info' };
}
