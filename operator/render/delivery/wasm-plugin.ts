import type { JsonObject } from '../../api/json.ts';
import type { Resource } from '../../api/resource.ts';
import type { RevisionData } from '../../api/revision.ts';
import { pluginMetadata, podLabels, rootIdOf, type Plugin } from '../metadata.ts';
import { sidePluginConfig } from '../plugin-config.ts';
import type { Delivery } from './delivery.ts';
import { vmEnvironment } from './vm-environment.ts';

/** https://istio.io/latest/docs/reference/config/proxy_extensions/wasm-plugin/ */
export const wasmPlugin: Delivery = {
  kind: 'WasmPlugin',
  holdsHeaders: false,
  // Its field is an object.
  carriesText: false,
  suits: ({ wantsText }, mesh) => !wantsText && mesh.has('WasmPlugin'),
  render,
};

function render(plugin: Plugin): Resource {
  return {
    apiVersion: 'extensions.istio.io/v1alpha1',
    kind: 'WasmPlugin',
    metadata: pluginMetadata(plugin),
    spec: { ...attachment(plugin), ...module(plugin) },
  };
}

/** Where the plug-in goes: the part of the spec that WasmPlugin and TrafficExtension say alike. */
export function attachment(plugin: Plugin): JsonObject {
  const { phase, priority, ports } = plugin.revision.data;
  return {
    selector: { matchLabels: podLabels(plugin) },
    match: [
      {
        mode: plugin.side === 'Inbound' ? 'SERVER' : 'CLIENT',
        ...(ports ? { ports: ports.map((number) => ({ number })) } : {}),
      },
    ],
    ...(phase ? { phase: phase.toUpperCase() } : {}),
    ...(priority === undefined ? {} : { priority }),
  };
}

/** Istio's own names; FAIL_RELOAD since Istio 1.27. */
const failStrategies: Readonly<Record<RevisionData['failStrategy'], string>> = {
  FailOpen: 'FAIL_OPEN',
  FailClose: 'FAIL_CLOSE',
  FailReload: 'FAIL_RELOAD',
};

/** What is loaded, and with which configuration: likewise. */
export function module(plugin: Plugin): JsonObject {
  const { id, data } = plugin.revision;
  const configuration = sidePluginConfig(data, id, plugin.side);
  const environment = vmEnvironment(data);
  return {
    url: plugin.moduleUrl,
    sha256: data.digest,
    ...(rootIdOf(data) === '' ? {} : { pluginName: rootIdOf(data) }),
    ...(configuration === undefined ? {} : { pluginConfig: configuration }),
    failStrategy: failStrategies[data.failStrategy],
    ...(environment.length === 0
      ? {}
      : {
          vmConfig: {
            env: environment.map(({ name, value }) =>
              value === undefined ? { name, valueFrom: 'HOST' } : { name, value },
            ),
          },
        }),
  };
}
