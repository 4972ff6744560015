import { moduleUrl } from '../api/module-address.ts';
import type { Resource } from '../api/resource.ts';
import { isCustom, type Revision } from '../api/revision.ts';
import type { SpAgent } from '../api/schema.ts';
import { backendName } from './backend/backend-target.ts';
import { renderDestinationRule } from './backend/destination-rule.ts';
import { deliveries } from './delivery/deliveries.ts';
import { renderServiceEntry } from './backend/service-entry.ts';

/**
 * All Istio resources of an agent for some revisions, which fetch their modules from `moduleBaseUrl`, in the order to apply them: backends first, so that
 * a filter never starts without its cluster.
 */
export function desiredResources(
  agent: SpAgent,
  revisions: readonly Pick<Revision, 'id' | 'data'>[],
  moduleBaseUrl: string,
): Resource[] {
  const backends = new Map(
    revisions
      .map(({ data }) => data.backend)
      .filter((target) => target !== undefined)
      .filter(({ inCluster }) => !inCluster)
      .map((target) => [backendName(agent.name, target), target]),
  );
  return [
    // The rule first: an entry without it would send plain text to a TLS port for a moment.
    ...[...backends.values()].flatMap((target) => [
      renderDestinationRule(agent, target),
      renderServiceEntry(agent, target),
    ]),
    ...revisions.flatMap((revision) => revisionResources(agent, revision, moduleBaseUrl)),
  ];
}

/** The plug-ins of one revision, one per side. */
function revisionResources(
  agent: SpAgent,
  revision: Pick<Revision, 'id' | 'data'>,
  moduleBaseUrl: string,
): Resource[] {
  const { delivery, digest, sides } = revision.data;
  const url = moduleUrl(moduleBaseUrl, digest);
  const shown = withLogLevel(revision, agent.spec.logLevel);
  return sides.map((side) => deliveries[delivery].render({ agent, revision: shown, side, moduleUrl: url }));
}

/** The log level of the present spec is no part of a revision: proxies take it as they run. */
function withLogLevel(
  revision: Pick<Revision, 'id' | 'data'>,
  logLevel: SpAgent['spec']['logLevel'],
): Pick<Revision, 'id' | 'data'> {
  const { id, data } = revision;
  // A module that was built before the filter had the key would refuse it.
  if (logLevel === 'Info' || isCustom(data) || data.pluginConfig['logLevel'] === undefined) return revision;
  return { id, data: { ...data, pluginConfig: { ...data.pluginConfig, logLevel: 'debug' } } };
}
