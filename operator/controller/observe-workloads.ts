import { podRevisionLabel, refetchedAtLabel, revisionLabelPrefix, workloadKey } from '../api/names.ts';
import type { Pod } from '../api/pod.ts';
import type { Revision } from '../api/revision.ts';
import type { SpAgent } from '../api/schema.ts';
import type { Snapshot } from '../api/snapshot.ts';
import type { OwnField, Workload } from '../api/workload.ts';
import { selectsPod } from '../render/targets/sidecars.ts';
import { doubtfulRefusals, isRefused } from '../rollout/doubtful-refusals.ts';
import type { Cache } from './cache.ts';
import type { PodItem, TemplateItem, WorkloadItem } from './items.ts';
import { otherModulesQuestion, proxyQuestion } from './proxy-question.ts';
import { withSharedTemplates } from './shared-templates.ts';
import type { Answer, Verifier } from './verifier.ts';

/** What is known of workloads and their pods. */
type WorkloadCache = Pick<Cache, 'workloads' | 'pods' | 'replicaSets' | 'controllerRevisions'>;

export interface WatchedWorld {
  readonly cache: WorkloadCache;
  /** Undefined: proxies are not asked. */
  readonly verifier: Pick<Verifier, 'answer'> | undefined;
}

/** The selected workloads by kind and name, and their pods by name. */
export function observeWorkloads(
  { cache, verifier }: WatchedWorld,
  agent: SpAgent,
  revisions: readonly Revision[],
): Pick<Snapshot, 'workloads' | 'pods'> {
  const { namespace, name } = agent;
  const label = podRevisionLabel(name);
  const byId = new Map(revisions.map((revision) => [revision.id, revision]));
  const workloads: Workload[] = [];
  const pods: Pod[] = [];
  for (const item of selectedWorkloads(cache, agent)) {
    const ownTemplates = [cache.replicaSets, cache.controllerRevisions].flatMap((store) => [
      ...store.ownedBy(namespace, item.uid),
    ]);
    // Pods of a Deployment or Rollout belong to its ReplicaSets, the others' to the workload itself.
    const ownPods = [item, ...ownTemplates].flatMap(({ uid }) => [...cache.pods.ownedBy(namespace, uid)]);
    const retained = [
      ...ownTemplates.map(({ labels }) => labels[label]),
      // A pod that is being deleted still runs the filter.
      ...ownPods.filter(({ isDeleted }) => isDeleted).map(({ labels }) => labels[label]),
    ];
    const isInjected = item.oddity !== 'NotInjected' && isNewestInjected(ownPods);
    const living = ownPods.filter(({ isDeleted }) => !isDeleted);
    workloads.push(workloadOf(item, agent, { retained, isInjected, agentsOfPods: agentsOf(living) }));
    const found = living.map((pod) => {
      const template = ownTemplates.find((one) => isTemplateOf(one, pod));
      return podOf(pod, item, { agent, revisions: byId, verifier, template });
    });
    pods.push(...withDoubts(found, living, { agent, verifier }));
  }
  return { workloads, pods: pods.sort((a, b) => (a.name < b.name ? -1 : 1)) };
}

/** Pods of a ReplicaSet are owned by it; those of a StatefulSet or DaemonSet name their ControllerRevision. */
function isTemplateOf({ uid, name }: TemplateItem, { ownerUid, labels }: PodItem): boolean {
  return ownerUid === uid || labels['controller-revision-hash'] === name;
}

function selectedWorkloads(cache: WorkloadCache, { namespace, spec }: SpAgent): WorkloadItem[] {
  const all = [...cache.workloads.values()].flatMap((store) => [...store.inNamespace(namespace)]);
  return withSharedTemplates(cache, all)
    .filter((item) => selectsPod(spec.selector, item.templateLabels))
    .sort((a, b) => (workloadKey(a.kind, a.name) < workloadKey(b.kind, b.name) ? -1 : 1));
}

function agentsOf(pods: readonly PodItem[]): string[] {
  const labels = pods.flatMap((pod) => Object.keys(pod.labels));
  const own = labels.filter((label) => label.startsWith(revisionLabelPrefix));
  return [...new Set(own)].map((label) => label.slice(revisionLabelPrefix.length)).sort();
}

interface PodFindings extends Pick<Workload, 'isInjected' | 'agentsOfPods'> {
  readonly retained: readonly (string | undefined)[];
}

function workloadOf(
  item: WorkloadItem,
  agent: SpAgent,
  { retained, isInjected, agentsOfPods }: PodFindings,
): Workload {
  const step = item.steps[agent.name];
  return {
    ...item,
    isInjected,
    agentsOfPods,
    templateRevision: item.templateLabels[podRevisionLabel(agent.name)],
    // One of a deleted agent of the same name says nothing about this one.
    step: step?.agentUid === agent.uid ? step : undefined,
    foreignManager: item.foreignManagers[agent.name],
    editedFields: editedFields(item, agent.name),
    retainedRevisions: [...new Set(retained.filter((revision) => revision !== undefined))].sort(),
  };
}

function editedFields(item: WorkloadItem, agentName: string): OwnField[] {
  const { editedLabels, editedSteps, areKeysEdited, steps } = item;
  return [
    ...(editedLabels.includes(agentName) ? (['RevisionLabel'] as const) : []),
    ...(editedSteps.includes(agentName) ? (['StepAnnotation'] as const) : []),
    // They do not name the agent.
    ...(areKeysEdited && agentName in steps ? (['ProxyKeys'] as const) : []),
  ];
}

const notAsked: Answer = {
  verification: { state: 'Unknown', message: 'its proxy is not asked' },
  askedAt: undefined,
  askedSince: undefined,
  modulesLoadedAt: undefined,
  backend: undefined,
};

/** The operator was started with --no-verify-proxies. */
const neverAsked: Answer = {
  verification: { state: 'Unverified', message: 'the operator does not ask proxies' },
  askedAt: undefined,
  askedSince: undefined,
  modulesLoadedAt: undefined,
  backend: undefined,
};

interface PodContext {
  readonly agent: SpAgent;
  readonly revisions: ReadonlyMap<string, Revision>;
  readonly verifier: WatchedWorld['verifier'];
  /** What the pod was created from; undefined while it is not seen. */
  readonly template: TemplateItem | undefined;
}

function podOf(
  pod: PodItem,
  workload: WorkloadItem,
  { agent, revisions, verifier, template }: PodContext,
): Pod {
  const { name, uid, createdAt, node, labels, hasStarted, isReady, readySince } = pod;
  const label = podRevisionLabel(agent.name);
  const revision = labels[label];
  const known = revisions.get(revision ?? '');
  const templateRevision = template === undefined ? revision : template.labels[label];
  const isSwitched = templateRevision !== revision;
  const ask = () =>
    verifier && known
      ? verifier.answer(proxyQuestion(agent, pod, { revision: known, isSwitched }))
      : neverAsked;
  const { verification, askedAt, askedSince, modulesLoadedAt, backend } = isReady && known ? ask() : notAsked;
  return {
    name,
    uid,
    createdAt,
    node,
    workload: workloadKey(workload.kind, workload.name),
    revision,
    templateRevision,
    hasStarted,
    isReady,
    readySince,
    refetchedAt: refetchTime(labels[refetchedAtLabel]),
    verification,
    askedAt,
    askedSince,
    modulesLoadedAt,
    backend,
  };
}

/** Marks refusals that may be of another author's module. Pods without a revision can show it: they are asked where it matters. */
function withDoubts(
  pods: readonly Pod[],
  items: readonly PodItem[],
  { agent, verifier }: Pick<PodContext, 'agent' | 'verifier'>,
): Pod[] {
  if (verifier === undefined || !pods.some(isRefused)) return [...pods];
  const known = pods.map((pod, index) => {
    const item = items[index];
    if (pod.revision !== undefined || item === undefined || !item.isReady) return pod;
    return { ...pod, modulesLoadedAt: verifier.answer(otherModulesQuestion(agent, item)).modulesLoadedAt };
  });
  const doubtful = doubtfulRefusals(known);
  return known.map((pod) => (doubtful.has(pod) ? { ...pod, isRefusalDoubtful: true } : pod));
}

function refetchTime(label: string | undefined): number | undefined {
  return label !== undefined && /^\d{1,12}$/.test(label) ? Number(label) * 1000 : undefined;
}

/** Namespaces, whose labels choose what Istio injects into, are not the operator's to read: a pod shows it. */
function isNewestInjected(pods: readonly PodItem[]): boolean {
  const [first, ...others] = pods;
  const newest = others.reduce((best, pod) => (pod.createdAt > (best?.createdAt ?? '') ? pod : best), first);
  return newest?.isInjected ?? false;
}
