import type { ArtifactState } from '../api/artifact.ts';
import { agentKind } from '../api/names.ts';
import type { OperatorPolicy } from '../api/policy.ts';
import type { OwnedResource } from '../api/resource.ts';
import type { Revision } from '../api/revision.ts';
import type { SpAgent } from '../api/schema.ts';
import type { Problem } from '../api/problem.ts';
import type {
  AgentIdentity,
  ConfigurationVerdict,
  Observation,
  OtherAgent,
  PublicKeyState,
  RedactionKeyState,
  SourceTraits,
  UnobservedAgent,
} from '../api/snapshot.ts';
import type { ClusterClient } from '../cluster/client.ts';
import type { Measurements } from '../measure/measurements.ts';
import type { Cache } from './cache.ts';
import type { AgentItem } from './items.ts';
import { observeUnmanaged } from './observe-unmanaged.ts';
import { observeWorkloads, type WatchedWorld } from './observe-workloads.ts';
import { readPublicKey } from './public-key.ts';
import type { RedactionKeys } from './redaction-key.ts';

export interface World extends WatchedWorld {
  readonly cache: Cache;
  readonly client: ClusterClient;
  readonly policy: OperatorPolicy;
  readonly moduleBaseUrl: string;
  readonly redactionKeys: RedactionKeys;
  readonly measurements: Measurements;
  sourceTraits(agent: SpAgent): SourceTraits;
  /** Starts to build or fetch what is not there. */
  artifactState(agent: SpAgent): Promise<ArtifactState>;
  /** Revision → the filter's answer to its configuration. */
  configurationsOf(agent: SpAgent): ReadonlyMap<string, ConfigurationVerdict>;
}

/** Reads the world around one agent: caches, what is not watched, the clock. Decides nothing. */
export async function observe(world: World, item: AgentItem): Promise<Observation> {
  const { cache } = world;
  const { namespace, name, isDeleted, parsed } = item;
  const observed = { now: Date.now(), identity: identityOf(item), failure: undefined };
  const revisions = ownRevisions(cache, item);
  const owned = ownedResources(cache, item);
  if (isDeleted) return { ...observed, state: 'Deleted', revisions, owned };
  if (world.policy.excludedNamespaces.includes(namespace)) {
    const message = `${agentKind} ${namespace}/${name}: the operator excludes this namespace; move the agent and its pods to another one`;
    const { status } = 'agent' in parsed ? parsed.agent : parsed;
    return { ...observed, state: 'Refused', problem: { reason: 'NamespaceExcluded', message }, status };
  }
  if ('error' in parsed) {
    const problem = { reason: 'SpecInvalid', message: parsed.error } as const;
    return { ...observed, state: 'Refused', problem, status: parsed.status };
  }
  const { agent } = parsed;
  const artifact = await world.artifactState(agent);
  const [publicKey, redactionKey] = await readKeys(world, agent, artifact);
  const { isWatched, isOurs } = world.sourceTraits(agent);
  const current = ownRevisions(cache, item);
  return {
    ...observed,
    state: 'Readable',
    // What was awaited took time; caches are read from here on, without a pause.
    now: Date.now(),
    secondsInSync: cache.secondsInSync(namespace) ?? 0,
    agent,
    policy: world.policy,
    moduleBaseUrl: world.moduleBaseUrl,
    otherAgents: otherAgents(cache, item),
    source: { isWatched, isOurs },
    artifact,
    publicKey,
    redactionKey,
    configurations: world.configurationsOf(agent),
    mesh: new Set(cache.istio.keys()),
    revisions: current,
    ...observeWorkloads(world, agent, current),
    unmanaged: observeUnmanaged(cache, agent),
    gateSamples: world.measurements.samplesOf(agent),
    turn: undefined,
    owned: ownedResources(cache, item),
    verification: world.verifier ? 'Required' : 'Off',
  };
}

/** The keys that a revision of SP Agent's own filter needs; there is none before its module, and a custom filter gets none. */
async function readKeys(
  world: World,
  agent: SpAgent,
  artifact: ArtifactState,
): Promise<readonly [PublicKeyState, RedactionKeyState]> {
  if (artifact.state !== 'Ready' || !artifact.artifact.readsSpec)
    return [{ state: 'NotWanted' }, { state: 'NotWanted' }];
  return Promise.all([readPublicKey(world.client, agent), world.redactionKeys.read(agent)]);
}

/** What remains to decide by where observing failed. */
export function unobserved(item: AgentItem, failure: Problem): UnobservedAgent {
  const { parsed } = item;
  const { status } = 'agent' in parsed ? parsed.agent : parsed;
  return { state: 'Unobserved', now: Date.now(), identity: identityOf(item), failure, status };
}

function identityOf(item: AgentItem): AgentIdentity {
  const { namespace, name, uid, resourceVersion, generation, finalizers, retry, requests } = item;
  return { namespace, name, uid, resourceVersion, generation, finalizers, retry, requests };
}

function ownRevisions(cache: Cache, { namespace, uid }: AgentItem): Revision[] {
  return [...cache.revisions.ownedBy(namespace, uid)]
    .flatMap(({ revision }) => revision ?? [])
    .sort((a, b) => a.number - b.number || (a.id < b.id ? -1 : 1));
}

function ownedResources(cache: Cache, { namespace, uid }: AgentItem): OwnedResource[] {
  return [...cache.istio.values()]
    .flatMap((store) => [...store.ownedBy(namespace, uid)])
    .map(({ kind, name, labels, ownerReferences, spec }) => ({ kind, name, labels, ownerReferences, spec }));
}

function otherAgents(cache: Cache, { namespace, name }: AgentItem): OtherAgent[] {
  return [...cache.agents.inNamespace(namespace)].flatMap(({ parsed, isDeleted, ...other }) => {
    if (isDeleted || !('agent' in parsed) || other.name === name) return [];
    const { createdAt, spec } = parsed.agent;
    return [{ name: other.name, createdAt, selector: spec.selector }];
  });
}
