import { istioKindNames } from '../../../operator/api/istio-kinds.ts';
import { podRevisionLabel } from '../../../operator/api/names.ts';
import { parseAgent } from '../../../operator/api/parse.ts';
import { unrestrictedPolicy } from '../../../operator/api/policy.ts';
import type { SpAgent } from '../../../operator/api/schema.ts';
import type { Snapshot } from '../../../operator/api/snapshot.ts';
import type { KubernetesObject } from '../../../operator/cluster/kubernetes-object.ts';
import { Store } from '../../../operator/cluster/store.ts';
import {
  trimPod,
  trimReplicaSet,
  trimRevision,
  trimWorkload,
  type PodItem,
  type TemplateItem,
  type WorkloadItem,
} from '../../../operator/controller/items.ts';
import { observeWorkloads } from '../../../operator/controller/observe-workloads.ts';
import { revisionObject } from '../../../operator/controller/revision-object.ts';
import { decide } from '../../../operator/decide/decide.ts';
import { median } from '../median.ts';

interface DecisionSize {
  readonly workloads: number;
  readonly podsPerWorkload: number;
}

const repeats = 9;
const namespace = 'bench';
const labels = { app: 'bench' };
const url = 'http://sp-agent.sp-system.svc:8080';

/**
 * Observes and decides about one agent in the middle of a rollout: half of its workloads are updated, and their proxies verified.
 * @returns milliseconds, the median of some runs.
 */
export function measureDecision(size: DecisionSize): number {
  const agent = agentOfBench();
  const first = snapshotOf(agent, []);
  const [revision] = decide(first)
    .actions.flat()
    .flatMap((action) => (action.kind === 'CreateRevision' ? [action.revision] : []));
  if (!revision) throw new Error('no revision was decided');
  const kept = trimRevision({
    ...revisionObject(agent, revision, agent.spec),
    metadata: metadataOf(revision.id, { labels: {} }),
  });
  const cache = cacheOf(agent, revision.id, size);
  const times = Array.from({ length: repeats }, () => {
    const began = performance.now();
    decide({
      ...first,
      revisions: [kept.revision ?? revision],
      ...observeWorkloads({ cache, verifier: undefined }, agent, [revision]),
    });
    return performance.now() - began;
  });
  return median(times);
}

function agentOfBench(): SpAgent {
  const parsed = parseAgent({
    metadata: metadataOf('bench', {}),
    spec: { selector: { matchLabels: labels }, backend: { url: 'https://recordings.example' } },
  });
  if ('error' in parsed) throw new Error(parsed.error);
  return parsed.agent;
}

function snapshotOf(agent: SpAgent, revisions: Snapshot['revisions']): Snapshot {
  const digest = 'a'.repeat(64);
  return {
    state: 'Readable',
    now: Date.now(),
    identity: {
      ...agent,
      resourceVersion: '1',
      finalizers: [],
      retry: undefined,
      requests: { promote: undefined, abort: undefined, pause: undefined },
    },
    failure: undefined,
    secondsInSync: 3600,
    agent,
    policy: unrestrictedPolicy,
    moduleBaseUrl: url,
    otherAgents: [],
    // A filter that is not asked about its configuration first.
    source: { isWatched: true, isOurs: false },
    artifact: {
      state: 'Ready',
      artifact: {
        digest,
        sizeBytes: 40_000,
        reportsRevision: true,
        readsSpec: true,
        rootId: undefined,
        source: 'bench',
        url: `${url}/filters/${digest}.wasm`,
      },
    },
    publicKey: { state: 'NotWanted' },
    redactionKey: { state: 'Found', digest },
    configurations: new Map(),
    mesh: new Set(istioKindNames),
    revisions,
    workloads: [],
    pods: [],
    unmanaged: [],
    gateSamples: undefined,
    turn: undefined,
    owned: [],
    verification: 'Off',
  };
}

function cacheOf({ name }: SpAgent, revision: string, { workloads, podsPerWorkload }: DecisionSize) {
  const deployments = new Store<WorkloadItem>(() => undefined);
  const replicaSets = new Store<TemplateItem>(() => undefined);
  const pods = new Store<PodItem>(() => undefined);
  for (let index = 0; index < workloads; index++) {
    const own = index < workloads / 2 ? { ...labels, [podRevisionLabel(name)]: revision } : labels;
    const id = `app-${index}`;
    const template = { metadata: { labels: own } };
    deployments.upsert(trimWorkload('Deployment', deployment(id, template, podsPerWorkload)));
    const replicaSet = { metadata: metadataOf(`${id}-set`, { owner: `uid-${id}` }), spec: { template } };
    replicaSets.upsert(trimReplicaSet(replicaSet as KubernetesObject));
    for (let pod = 0; pod < podsPerWorkload; pod++) {
      const object = podObject(`${id}-set-${pod}`, `uid-${id}-set`, own);
      pods.upsert(trimPod(object as KubernetesObject));
    }
  }
  return {
    workloads: new Map([['Deployment', deployments]]),
    replicaSets,
    pods,
    controllerRevisions: new Store<TemplateItem>(() => undefined),
  };
}

// Only what the operator keeps of an object is made here.
function deployment(name: string, template: object, replicas: number): KubernetesObject {
  const counts = { replicas, updatedReplicas: replicas, readyReplicas: replicas };
  return {
    metadata: metadataOf(name, {}),
    spec: { replicas, template },
    status: { ...counts, observedGeneration: 1 },
  } as KubernetesObject;
}

function podObject(name: string, owner: string, own: Readonly<Record<string, string>>): object {
  const conditions = [{ type: 'Ready', status: 'True', lastTransitionTime: '2026-01-02T03:04:05Z' }];
  return {
    metadata: {
      ...metadataOf(name, { owner, labels: own }),
      annotations: { 'sidecar.istio.io/status': '{}' },
    },
    status: { phase: 'Running', conditions },
  };
}

function metadataOf(
  name: string,
  { owner, labels: own = {} }: { owner?: string; labels?: Readonly<Record<string, string>> },
): KubernetesObject['metadata'] {
  const owners =
    owner === undefined ? [] : [{ uid: owner, controller: true, kind: 'ReplicaSet', name: owner }];
  return {
    namespace,
    name,
    uid: `uid-${name}`,
    generation: 1,
    resourceVersion: '1',
    creationTimestamp: '2026-01-02T03:04:05Z',
    labels: own,
    ownerReferences: owners,
  } as KubernetesObject['metadata'];
}
