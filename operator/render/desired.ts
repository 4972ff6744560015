import type { Resource } from '../api/resource.ts';
import type { Revision } from '../api/revision.ts';
import { backendName } from './backend/backend-target.ts';
import { renderDestinationRule } from './backend/destination-rule.ts';
import { renderEnvoyFilter } from './delivery/envoy-filter.ts';
import type { Owner, Plugin } from './metadata.ts';
import { renderServiceEntry } from './backend/service-entry.ts';
import { renderTrafficExtension } from './delivery/traffic-extension.ts';
import { renderWasmPlugin } from './delivery/wasm-plugin.ts';

/**
 * All Istio resources of an agent for some revisions, in the order to apply them: backends first, so that
 * a filter never starts without its cluster.
 */
export function desiredResources(
  agent: Owner,
  revisions: readonly Pick<Revision, 'id' | 'data'>[],
): Resource[] {
  const backends = new Map(
    revisions
      .map(({ data }) => data.backend)
      .filter((target) => !target.inCluster)
      .map((target) => [backendName(agent.name, target), target]),
  );
  return [
    // The rule first: an entry without it would send plain text to a TLS port for a moment.
    ...[...backends.values()].flatMap((target) => [
      renderDestinationRule(agent, target),
      renderServiceEntry(agent, target),
    ]),
    ...revisions.flatMap((revision) => revisionResources(agent, revision)),
  ];
}

/** The plug-ins of one revision, one per side. */
function revisionResources(agent: Owner, revision: Pick<Revision, 'id' | 'data'>): Resource[] {
  return revision.data.sides.map((side) => renderPlugin({ agent, revision, side }));
}

function renderPlugin(plugin: Plugin): Resource {
  switch (plugin.revision.data.delivery) {
    case 'WasmPlugin':
      return renderWasmPlugin(plugin);
    case 'TrafficExtension':
      return renderTrafficExtension(plugin);
    case 'EnvoyFilter':
      return renderEnvoyFilter(plugin);
  }
}
