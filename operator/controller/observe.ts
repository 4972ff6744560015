import { createHash } from 'node:crypto';
import { refetchedAtLabel, podRevisionLabel, workloadKey } from '../api/names.ts';
import type { SpAgent } from '../api/schema.ts';
import type { ArtifactState } from '../api/artifact.ts';
import type { Pod } from '../api/pod.ts';
import type { ConfigurationVerdict, PublicKeyState, Snapshot, SourceTraits } from '../api/snapshot.ts';
import type { Workload } from '../api/workload.ts';
import { hasCode } from '../cluster/api-error.ts';
import type { ClusterClient } from '../cluster/client.ts';
import { meshKindsOf } from '../cluster/discovery.ts';
import { objectPath } from '../cluster/kinds.ts';
import { wantedRevision } from '../render/revision.ts';
import { matches, type Cache } from './cache.ts';
import type { WantedRevision } from './config-validator.ts';
import { conflictOf } from './conflict.ts';
import type { TemplateItem, WorkloadItem } from './items.ts';
import type { Answer, Verifier } from './verifier.ts';

export interface World {
  readonly client: ClusterClient;
  readonly cache: Cache;
  /** Undefined: proxies are not asked. */
  readonly verifier: Verifier | undefined;
  sourceTraits(agent: SpAgent): SourceTraits;
  artifactState(agent: SpAgent): Promise<ArtifactState>;
  configurationVerdict(agent: SpAgent, revision: WantedRevision): Promise<ConfigurationVerdict>;
}

/** Reads the world around one agent: caches, what is not watched, the clock. */
export async function observe(world: World, agent: SpAgent): Promise<Snapshot> {
  const { cache } = world;
  const [artifact, publicKey] = await Promise.all([
    world.artifactState(agent),
    publicKeyState(world.client, agent),
  ]);
  const { isWatched, isOurs } = world.sourceTraits(agent);
  const selected = selectedWorkloads(cache, agent);
  const observed = {
    now: Date.now(),
    secondsInSync: cache.secondsInSync() ?? 0,
    agent,
    source: { isWatched, isOurs },
    artifact,
    publicKey,
    mesh: meshKindsOf(new Set(cache.istio.keys())),
    revisions: revisionsOf(cache, agent),
    ...workloadsAndPods(world, agent, selected),
    owned: [...cache.istio.values()]
      .flatMap((store) => [...store.inNamespace(agent.namespace)])
      .filter((item) => item.ownerUid === agent.uid)
      .map(({ apiVersion, kind, name }) => ({ apiVersion, kind, name })),
    conflict: conflictOf(cache.agents.inNamespace(agent.namespace), agent, selected),
    verification: world.verifier ? 'Required' : 'Off',
  } as const;
  return { ...observed, configuration: await configurationOf(world, observed) };
}

/** Only of a revision that is to be made: one that is there was taken then. */
async function configurationOf(
  world: World,
  { agent, source, artifact, mesh, publicKey, conflict, revisions }: Omit<Snapshot, 'configuration'>,
): Promise<ConfigurationVerdict> {
  // A module of the user's may need what only a real host has.
  if (!source.isOurs || conflict || artifact.state !== 'Ready') return { state: 'Unchecked' };
  const wanted = wantedRevision({ agent, artifact: artifact.artifact, mesh, publicKey });
  if ('reason' in wanted || revisions.some(({ id }) => id === wanted.id)) return { state: 'Unchecked' };
  return world.configurationVerdict(agent, wanted);
}

function revisionsOf(cache: Cache, agent: SpAgent): Snapshot['revisions'] {
  return [...cache.controllerRevisions.inNamespace(agent.namespace)]
    .flatMap((item) => (item.kind === 'Revision' && item.ownerUid === agent.uid ? [item.revision] : []))
    .sort((a, b) => a.number - b.number || (a.id < b.id ? -1 : 1));
}

function selectedWorkloads(cache: Cache, agent: SpAgent): WorkloadItem[] {
  const { matchLabels } = agent.spec.selector;
  return Object.values(cache.workloads)
    .flatMap((store) => [...store.inNamespace(agent.namespace)])
    .filter((item) => matches(matchLabels, item.templateLabels))
    .sort((a, b) => (workloadKey(a.kind, a.name) < workloadKey(b.kind, b.name) ? -1 : 1));
}

function workloadsAndPods(world: World, agent: SpAgent, selected: readonly WorkloadItem[]) {
  const { namespace } = agent;
  const label = podRevisionLabel(agent.name);
  const templates = groupByOwner<TemplateItem>([
    ...world.cache.replicaSets.inNamespace(namespace),
    ...[...world.cache.controllerRevisions.inNamespace(namespace)].filter((item) => item.kind === 'Template'),
  ]);
  const podsByOwner = groupByOwner([...world.cache.pods.inNamespace(namespace)]);
  const workloads: Workload[] = [];
  const pods: Pod[] = [];
  for (const item of selected) {
    const ownTemplates = templates.get(item.uid) ?? [];
    // A Deployment's pods belong to its ReplicaSets, the others' to the workload itself.
    const ownPods = [item, ...ownTemplates].flatMap(({ uid }) => podsByOwner.get(uid) ?? []);
    const retained = [
      ...ownTemplates.map(({ labels }) => labels[label]),
      // One that is on its way out still runs the filter.
      ...ownPods.filter(({ isDeleted }) => isDeleted).map(({ labels }) => labels[label]),
    ];
    workloads.push(workloadOf(item, agent.name, retained));
    for (const { name, uid, labels, isReady, readySince, isDeleted } of ownPods) {
      if (isDeleted) continue;
      const revision = labels[label];
      const question = {
        namespace,
        agentName: agent.name,
        podName: name,
        podUid: uid,
        revision: revision ?? '',
      };
      const { verification, askedAt } =
        world.verifier && isReady && revision !== undefined ? world.verifier.answer(question) : notAsked;
      const workload = workloadKey(item.kind, item.name);
      const refetchedAt = refetchTime(labels[refetchedAtLabel]);
      pods.push({ name, workload, revision, isReady, readySince, refetchedAt, verification, askedAt });
    }
  }
  pods.sort((a, b) => (a.name < b.name ? -1 : 1));
  return { workloads, pods };
}

const notAsked: Answer = {
  verification: { state: 'Unknown', message: 'its proxy is not asked' },
  askedAt: undefined,
};

function refetchTime(label: string | undefined): number | undefined {
  return label !== undefined && /^\d{1,12}$/.test(label) ? Number(label) * 1000 : undefined;
}

function workloadOf(
  item: WorkloadItem,
  agentName: string,
  retained: readonly (string | undefined)[],
): Workload {
  const { kind, name, isObserved, desired, updated, ready, total, isPaused } = item;
  return {
    kind,
    name,
    isObserved,
    desired,
    updated,
    ready,
    total,
    isPaused,
    templateRevision: item.templateLabels[podRevisionLabel(agentName)],
    step: item.steps[agentName],
    foreignManager: item.foreignManagers[agentName],
    retainedRevisions: [...new Set(retained.filter((revision) => revision !== undefined))].sort(),
  };
}

function groupByOwner<T extends { readonly ownerUid: string | undefined }>(items: readonly T[]) {
  return Map.groupBy(items, ({ ownerUid }) => ownerUid ?? '');
}

/** Secrets are read one at a time and never kept: the operator needs no right to list them. */
async function publicKeyState(client: ClusterClient, agent: SpAgent): Promise<PublicKeyState> {
  const reference = agent.spec.backend.publicKeySecret;
  if (!reference) return { state: 'NotWanted' };
  const { name, key } = reference;
  const secret = `Secret ${agent.namespace}/${name}`;
  try {
    const { data } = await client.json<{ readonly data?: Readonly<Record<string, string>> }>({
      path: objectPath({ kind: 'Secret', namespace: agent.namespace, name }),
    });
    const value = data?.[key];
    if (value === undefined)
      return { state: 'Missing', message: `${secret}: it has no key "${key}"; add it` };
    const bytes = Buffer.from(value, 'base64');
    return { state: 'Found', digest: createHash('sha256').update(bytes).digest('hex') };
  } catch (error) {
    if (hasCode(error, 404)) return { state: 'Missing', message: `${secret}: it does not exist; create it` };
    if (!hasCode(error, 403)) throw error;
    return {
      state: 'Missing',
      message: `${secret}: the operator may not read it; see rbac.secrets of the chart`,
    };
  }
}
