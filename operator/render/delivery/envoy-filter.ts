import type { JsonObject } from '../../api/json.ts';
import type { Resource } from '../../api/resource.ts';
import { isCustom, type RevisionData } from '../../api/revision.ts';
import { pluginMetadata, pluginName, podLabels, rootIdOf, type Plugin } from '../metadata.ts';
import { sidePluginConfig, textOf } from '../plugin-config.ts';
import type { Delivery } from './delivery.ts';
import { vmEnvironment } from './vm-environment.ts';

const wasmType = 'type.googleapis.com/envoy.extensions.filters.http.wasm.v3.Wasm';
// What Istio's agent puts in the place of a module that it could not fetch.
const standInType = 'type.googleapis.com/envoy.extensions.filters.http.rbac.v3.RBAC';

/**
 * Chosen where a lookup may need the request's body: it alone can hold back the headers until the body is read, in proxies of
 * Istio 1.30 and later, which are known by the kind TrafficExtension. Chosen too where a custom filter's configuration is not an
 * object, which the others cannot carry. It takes no phase, so that a phase rules it out.
 */
export const envoyFilter: Delivery = {
  kind: 'EnvoyFilter',
  holdsHeaders: true,
  carriesText: true,
  suits: ({ phase, wantsBodies, wantsText }, mesh) =>
    phase === undefined &&
    mesh.has('EnvoyFilter') &&
    (wantsText || (wantsBodies && mesh.has('TrafficExtension'))),
  render,
};

/**
 * The same filter as a WasmPlugin makes, fetched and checked by Istio's agent in the same way, and with what no other
 * kind can say: headers are held back while the filter reads the body. EXTENSION_CONFIG can only be added, not merged
 * into one that a WasmPlugin made, so that the complete filter is rendered here.
 */
function render(plugin: Plugin): Resource {
  const metadata = pluginMetadata(plugin);
  const name = pluginName(plugin);
  const context = plugin.side === 'Inbound' ? 'SIDECAR_INBOUND' : 'SIDECAR_OUTBOUND';
  const { data } = plugin.revision;
  const { priority } = data;
  return {
    apiVersion: 'networking.istio.io/v1alpha3',
    kind: 'EnvoyFilter',
    metadata,
    spec: {
      workloadSelector: { labels: podLabels(plugin) },
      // An EnvoyFilter of lower priority is inserted earlier; a plug-in of higher priority comes earlier in the chain.
      ...(priority === undefined || priority === 0 ? {} : { priority: -priority }),
      configPatches: [
        ...listenerMatches(data).map((listener) => ({
          applyTo: 'HTTP_FILTER',
          match: { context, listener },
          patch: { operation: 'INSERT_BEFORE', value: discovery(name) },
        })),
        {
          applyTo: 'EXTENSION_CONFIG',
          match: { context },
          patch: { operation: 'ADD', value: extensionConfig(plugin, name) },
        },
      ],
    },
  };
}

/** Where the filter is put: Istio compares a port with that of an outbound listener, or of an inbound filter chain. */
function listenerMatches({ ports }: RevisionData): JsonObject[] {
  const router = {
    filterChain: {
      filter: {
        name: 'envoy.filters.network.http_connection_manager',
        subFilter: { name: 'envoy.filters.http.router' },
      },
    },
  };
  return ports ? ports.map((portNumber) => ({ portNumber, ...router })) : [router];
}

function discovery(name: string): JsonObject {
  return {
    name,
    config_discovery: {
      // As in Istio's own plug-ins, a listener waits for its filter without end: the agent answers in any case.
      config_source: { ads: {}, initial_fetch_timeout: '0s', resource_api_version: 'V3' },
      type_urls: [wasmType, standInType],
    },
  };
}

function extensionConfig(plugin: Plugin, name: string): JsonObject {
  return {
    name,
    typed_config: {
      '@type': 'type.googleapis.com/udpa.type.v1.TypedStruct',
      type_url: wasmType,
      value: { config: wasmConfig(plugin, name) },
    },
  };
}

/** `envoy.extensions.wasm.v3.FailurePolicy` */
const failurePolicies: Readonly<Record<RevisionData['failStrategy'], string>> = {
  FailOpen: 'FAIL_OPEN',
  FailClose: 'FAIL_CLOSED',
  FailReload: 'FAIL_RELOAD',
};

function wasmConfig(plugin: Plugin, name: string): JsonObject {
  const { id, data } = plugin.revision;
  const configuration = sidePluginConfig(data, id, plugin.side);
  return {
    name,
    root_id: rootIdOf(data),
    failure_policy: failurePolicies[data.failStrategy],
    // Other filters are written for Envoy's default, by which a request that they hold back at its headers is held with its body.
    ...(isCustom(data) ? {} : { allow_on_headers_stop_iteration: true }),
    ...(configuration === undefined
      ? {}
      : {
          configuration: {
            '@type': 'type.googleapis.com/google.protobuf.StringValue',
            value: textOf(configuration),
          },
        }),
    vm_config: {
      runtime: 'envoy.wasm.runtime.v8',
      code: {
        remote: {
          // The agent fetches; Envoy never sees this address, so that no cluster is needed.
          http_uri: { uri: plugin.moduleUrl, timeout: '30s', cluster: '_' },
          sha256: data.digest,
        },
      },
      ...environment(plugin),
    },
  };
}

function environment(plugin: Plugin): JsonObject {
  const variables = vmEnvironment(plugin.revision.data);
  const keyValues = variables.flatMap(({ name, value }) =>
    value === undefined ? [] : [[name, value] as const],
  );
  const hostKeys = variables.filter(({ value }) => value === undefined).map(({ name }) => name);
  if (variables.length === 0) return {};
  return {
    environment_variables: {
      ...(keyValues.length === 0 ? {} : { key_values: Object.fromEntries(keyValues) }),
      ...(hostKeys.length === 0 ? {} : { host_env_keys: hostKeys }),
    },
  };
}
