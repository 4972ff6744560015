import type { Action } from '../../operator/api/actions.ts';
import { agentLabel, finalizer, resourceRevisionLabel, workloadKey } from '../../operator/api/names.ts';
import type { Pod, Verification } from '../../operator/api/pod.ts';
import type { OwnedResource, Resource } from '../../operator/api/resource.ts';
import type { Revision, RevisionData } from '../../operator/api/revision.ts';
import type { AgentIdentity, Snapshot } from '../../operator/api/snapshot.ts';
import { noMemory } from '../../operator/api/rollout-memory.ts';
import type { Workload, WorkloadStep } from '../../operator/api/workload.ts';
import type { RolloutOptions } from '../../operator/rollout/context.ts';
import { agentOf, artifact, minimalSpec, moduleBaseUrl, policy, redactionKey, wholeMesh } from './agent.ts';

/** Pieces of a world for tests of the rollout. Times count in seconds from `start`. */

export const start = Date.parse('2026-01-02T04:00:00.000Z');
export const at = (seconds: number) => new Date(start + seconds * 1000).toISOString();

export const ids = { a: 'aaaaaaaaaaaa', b: 'bbbbbbbbbbbb', c: 'cccccccccccc' } as const;

const data: RevisionData = {
  digest: artifact.digest,
  delivery: 'WasmPlugin',
  sides: ['Outbound'],
  matchLabels: { app: 'checkout' },
  phase: undefined,
  priority: undefined,
  failStrategy: 'FailOpen',
  env: [],
  backend: { host: 'o.softprobe.ai', port: 443, tls: undefined, inCluster: false },
  publicKey: undefined,
  pluginConfig: {},
};

export function revisionOf(id: string, parts: Partial<Revision> = {}): Revision {
  return {
    id,
    number: 1,
    data,
    createdAt: at(-100),
    stableSince: undefined,
    failure: undefined,
    memory: noMemory,
    ...parts,
  };
}

/** A Deployment of three ready pods, without a revision. */
export function workloadOf(name: string, parts: Partial<Workload> = {}): Workload {
  return {
    kind: 'Deployment',
    name,
    uid: `uid-${name}`,
    generation: 1,
    isObserved: true,
    desired: 3,
    updated: 3,
    ready: 3,
    total: 3,
    maxUnavailable: 0,
    isPaused: false,
    oddity: undefined,
    lastWriter: undefined,
    templateLabels: { app: 'checkout' },
    templateRevision: undefined,
    step: undefined,
    isInjected: true,
    foreignManager: undefined,
    editedFields: [],
    retainedRevisions: [],
    agentsOfPods: [],
    ...parts,
  };
}

export function stepTo(revision: string | undefined, sinceSeconds: number): WorkloadStep {
  return { revision, since: at(sinceSeconds), agentUid: minimalAgent.uid };
}

/** Its template and its step say the revision. */
export function workloadAt(
  name: string,
  revision: string,
  parts: Partial<Workload> & { sinceSeconds?: number } = {},
): Workload {
  const { sinceSeconds = -10, ...rest } = parts;
  return workloadOf(name, {
    templateRevision: revision,
    step: stepTo(revision, sinceSeconds),
    ...rest,
  });
}

/** One pod old, one new and not ready. */
export const rolling = { updated: 1, ready: 2, total: 3 } as const;

/** A verified pod of Deployment checkout with revision a, which its template gave it. */
export function podOf(name: string, parts: Partial<Pod> = {}): Pod {
  const { revision = 'revision' in parts ? undefined : ids.a } = parts;
  return {
    name,
    uid: `uid-${name}`,
    createdAt: at(-3600),
    node: 'node',
    workload: 'Deployment/checkout',
    templateRevision: revision,
    hasStarted: true,
    isReady: true,
    readySince: start,
    refetchedAt: undefined,
    verification: { state: 'Verified' },
    askedAt: start,
    askedSince: start,
    ...parts,
    revision,
  };
}

export function podsOf(workload: Workload, verification: Verification): Pod[] {
  return Array.from({ length: workload.desired }, (_, index) =>
    podOf(`${workload.name}-${index}`, {
      workload: workloadKey(workload.kind, workload.name),
      revision: workload.templateRevision,
      verification,
    }),
  );
}

const minimalAgent = agentOf(minimalSpec);

export const identity: AgentIdentity = {
  namespace: 'shop',
  name: 'checkout',
  uid: minimalAgent.uid,
  resourceVersion: '1',
  generation: 1,
  finalizers: [finalizer],
  retry: undefined,
  requests: { promote: undefined, abort: undefined, pause: undefined },
};

export function snapshotOf(parts: Partial<Snapshot> & { rollout?: object } = {}): Snapshot {
  const { rollout, ...rest } = parts;
  return {
    state: 'Readable',
    now: start,
    identity,
    failure: undefined,
    secondsInSync: 86_400,
    unmanaged: [],
    agent: rollout === undefined ? minimalAgent : agentOf({ ...minimalSpec, rollout }),
    policy,
    moduleBaseUrl,
    source: { isWatched: true, isOurs: true },
    artifact: { state: 'Ready', artifact },
    publicKey: { state: 'NotWanted' },
    redactionKey,
    configurations: new Map(),
    mesh: wholeMesh,
    revisions: [],
    workloads: [],
    pods: [],
    otherAgents: [],
    gateSamples: undefined,
    turn: undefined,
    owned: Object.values(ids).map((id) => pluginOf(id)),
    verification: 'Off',
    ...rest,
  };
}

function pluginOf(id: string): OwnedResource {
  return { kind: 'WasmPlugin', name: `checkout-${id}`, labels: {}, ownerReferences: [], spec: {} };
}

function resourceOf(id: string): Pick<Resource, 'kind' | 'metadata'> {
  const { kind, name } = pluginOf(id);
  const labels = { [agentLabel]: 'checkout', [resourceRevisionLabel]: id };
  return { kind, metadata: { name, namespace: 'shop', labels, ownerReferences: [] } };
}

export const options: RolloutOptions = { desired: Object.values(ids).map(resourceOf) };

/** What the plan does, in short: `Deployment/cart → bbbbbbbbbbbb`. */
export function inShort(actions: readonly Action[]): string[] {
  return actions.flatMap((action) => {
    switch (action.kind) {
      case 'SetWorkloadRevision':
        return [
          `${workloadKey(action.workload.kind, action.workload.name)} → ${action.step.revision ?? 'none'}`,
        ];
      case 'MarkFailed':
      case 'MarkStable':
        return [`${action.kind} ${action.revisionId}`];
      case 'LabelPods':
        return action.pods.map(({ name }) => `${name} → ${action.revision ?? 'none'}`);
      case 'AdoptEdits':
        return [`adopt ${workloadKey(action.workload.kind, action.workload.name)}`];
      case 'RefetchModule':
        return [`refetch ${action.podName}`];
      case 'Event':
        return [];
      case 'Remember':
        return [];
      case 'ClearFailure':
        return [`${action.kind} ${action.revisionId}`];
      case 'AcknowledgeRetry':
      case 'AcknowledgePromotion':
      case 'SetFinalizers':
      case 'CheckConfiguration':
      case 'Apply':
      case 'Prune':
      case 'CreateRevision':
      case 'DeleteRevision':
        return [action.kind];
    }
  });
}

export function eventsOf(actions: readonly Action[]): string[] {
  return actions.flatMap((action) => (action.kind === 'Event' ? [action.reason] : []));
}
