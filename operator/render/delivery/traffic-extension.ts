import type { Resource } from '../../api/resource.ts';
import { pluginMetadata, type Plugin } from '../metadata.ts';
import type { Delivery } from './delivery.ts';
import { attachment, module } from './wasm-plugin.ts';

/** Successor of WasmPlugin since Istio 1.30: https://istio.io/latest/docs/reference/config/proxy_extensions/traffic_extension/ */
export const trafficExtension: Delivery = {
  kind: 'TrafficExtension',
  holdsHeaders: false,
  carriesText: false,
  suits: ({ wantsText }, mesh) => !wantsText && mesh.has('TrafficExtension'),
  render,
};

function render(plugin: Plugin): Resource {
  return {
    apiVersion: 'extensions.istio.io/v1alpha1',
    kind: 'TrafficExtension',
    metadata: pluginMetadata(plugin),
    spec: { ...attachment(plugin), wasm: module(plugin) },
  };
}
