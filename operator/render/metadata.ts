import {
  agentKind,
  agentLabel,
  groupVersion,
  managedByLabel,
  managedByValue,
  podRevisionLabel,
  resourceRevisionLabel,
} from '../api/names.ts';
import type { SpAgent } from '../api/schema.ts';
import type { Resource } from '../api/resource.ts';
import type { Revision, RevisionData, Side } from '../api/revision.ts';

/** What of an agent goes into its resources. */
export type Owner = Pick<SpAgent, 'namespace' | 'name' | 'uid'>;

/** One plug-in: a revision of an agent's filter on one side of the proxy. */
export interface Plugin {
  readonly agent: Owner;
  readonly revision: Pick<Revision, 'id' | 'data'>;
  readonly side: Side;
  /** Where proxies fetch the module. No part of the revision: the operator may move. */
  readonly moduleUrl: string;
}

/** Root id of SP Agent's own filter. Envoy finds a filter's root context by it. */
const ownRootId = 'sp_agent';

/** Root id of the module; empty where it has no particular one. */
export function rootIdOf({ rootId = ownRootId }: RevisionData): string {
  return rootId;
}

export function agentMetadata(agent: Owner, name: string): Resource['metadata'] {
  return {
    name,
    namespace: agent.namespace,
    labels: { [agentLabel]: agent.name, [managedByLabel]: managedByValue },
    ownerReferences: [
      {
        apiVersion: groupVersion,
        kind: agentKind,
        name: agent.name,
        uid: agent.uid,
        controller: true,
        blockOwnerDeletion: true,
      },
    ],
  };
}

const sideSuffixes: Readonly<Record<Side, string>> = { Inbound: '-in', Outbound: '-out' };

export function pluginMetadata({ agent, revision, side }: Omit<Plugin, 'moduleUrl'>): Resource['metadata'] {
  const suffix = revision.data.sides.length > 1 ? sideSuffixes[side] : '';
  const metadata = agentMetadata(agent, `${agent.name}-${revision.id}${suffix}`);
  return { ...metadata, labels: { ...metadata.labels, [resourceRevisionLabel]: revision.id } };
}

/** The plug-in's name in Envoy: Istio makes it of its resource's, and we do so in an EnvoyFilter. */
export function pluginName(plugin: Omit<Plugin, 'moduleUrl'>): string {
  const { namespace, name } = pluginMetadata(plugin);
  return `${namespace}.${name}`;
}

/** Pods that run the plug-in: the user's labels, and the revision's. */
export function podLabels({ agent, revision }: Plugin): Record<string, string> {
  return { ...revision.data.matchLabels, [podRevisionLabel(agent.name)]: revision.id };
}
