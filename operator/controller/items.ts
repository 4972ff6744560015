import type { IstioKind } from '../api/istio-kinds.ts';
import {
  abortAnnotation,
  agentLabel,
  pauseAnnotation,
  promoteAnnotation,
  retryAnnotation,
  stepAnnotation,
} from '../api/names.ts';
import type { RolloutRequests } from '../api/snapshot.ts';
import { parseAgent, type ParseResult } from '../api/parse.ts';
import { messageOf } from '../api/errors.ts';
import type { Revision } from '../api/revision.ts';
import type { WorkloadStep } from '../api/workload.ts';
import type { KubernetesObject, ObjectMeta } from '../cluster/kubernetes-object.ts';
import type { Item } from '../cluster/store.ts';
import type { WorkloadObject } from '../workloads/kind.ts';
import { workloadKinds, type WorkloadKindName } from '../workloads/kinds.ts';
import { readWorkload, type WorkloadState } from '../workloads/read-workload.ts';
import { fieldOwners, lastWriter, type FieldOwners } from './field-owners.ts';
import { readRevision } from './revision-object.ts';

/**
 * What the caches keep: pure functions from the API server's objects to the little that is looked at. Here unknown JSON gets
 * its types; the API server has checked its form.
 */

type Labels = Readonly<Record<string, string>>;

/** Of the annotations that carry an agent's name. */
const stepPrefix = stepAnnotation('');

interface PodTemplate {
  readonly metadata?: { readonly labels?: Labels };
}

/** What Istio's injector leaves on each pod that it gave a sidecar: https://istio.io/latest/docs/reference/config/annotations/ */
const injectedAnnotation = 'sidecar.istio.io/status';

export interface AgentItem extends Item {
  readonly uid: string;
  readonly generation: number;
  readonly finalizers: readonly string[];
  readonly retry: string | undefined;
  readonly requests: RolloutRequests;
  readonly isDeleted: boolean;
  readonly parsed: ParseResult;
}

export function trimAgent(object: KubernetesObject): AgentItem {
  const { metadata } = object;
  return {
    ...identity(metadata),
    uid: metadata.uid,
    generation: metadata.generation ?? 0,
    finalizers: metadata.finalizers ?? [],
    retry: metadata.annotations?.[retryAnnotation],
    requests: {
      promote: metadata.annotations?.[promoteAnnotation],
      abort: metadata.annotations?.[abortAnnotation],
      pause: metadata.annotations?.[pauseAnnotation],
    },
    isDeleted: metadata.deletionTimestamp !== undefined,
    parsed: parseAgent(object),
  };
}

export interface WorkloadItem extends Item, WorkloadState, FieldOwners {
  readonly kind: WorkloadKindName;
  readonly uid: string;
  /** Agent's name → our last step. */
  readonly steps: Readonly<Record<string, WorkloadStep>>;
  readonly lastWriter: string | undefined;
}

export function trimWorkload(kind: WorkloadKindName, object: KubernetesObject): WorkloadItem {
  const { metadata } = object;
  return {
    ...identity(metadata),
    kind,
    uid: metadata.uid,
    ...readWorkload(workloadKinds[kind], object as KubernetesObject & WorkloadObject),
    steps: stepsOf(metadata),
    ...fieldOwners(metadata),
    lastWriter: lastWriter(metadata),
  };
}

function stepsOf(metadata: ObjectMeta): Record<string, WorkloadStep> {
  const steps: Record<string, WorkloadStep> = {};
  for (const [key, text] of Object.entries(metadata.annotations ?? {})) {
    if (!key.startsWith(stepPrefix)) continue;
    const step = parseStep(text);
    if (step) steps[key.slice(stepPrefix.length)] = step;
  }
  return steps;
}

/** One that cannot be read, because somebody edited it, counts as none: the step is then taken again. */
function parseStep(text: string): WorkloadStep | undefined {
  try {
    const { revision, since, agentUid, hasKey } = JSON.parse(text) as Partial<WorkloadStep>;
    const isStep =
      (revision === undefined || typeof revision === 'string') && !Number.isNaN(Date.parse(since ?? ''));
    return isStep && since !== undefined && typeof agentUid === 'string'
      ? { revision, since, agentUid, ...(hasKey ? { hasKey } : {}) }
      : undefined;
  } catch {
    return undefined;
  }
}

export interface PodItem extends Item {
  readonly uid: string;
  readonly ownerUid: string | undefined;
  readonly ownerKind: string | undefined;
  readonly ownerName: string | undefined;
  readonly labels: Labels;
  readonly ip: string | undefined;
  readonly node: string | undefined;
  /** Its kubelet reports that a container of it has run. */
  readonly hasStarted: boolean;
  readonly isReady: boolean;
  /** Milliseconds since the epoch. */
  readonly readySince: number | undefined;
  readonly isDeleted: boolean;
  /** All its containers have ended, and none starts again. */
  readonly isFinished: boolean;
  readonly isInjected: boolean;
  /** RFC 3339. */
  readonly createdAt: string;
}

interface PodCondition {
  readonly type: string;
  readonly status: string;
  readonly lastTransitionTime?: string;
}

interface ContainerStatus {
  readonly restartCount?: number;
  readonly state?: { readonly running?: object; readonly terminated?: object };
}

function hasRun({ restartCount = 0, state }: ContainerStatus): boolean {
  return restartCount > 0 || state?.running !== undefined || state?.terminated !== undefined;
}

export function trimPod(object: KubernetesObject): PodItem {
  const { metadata, spec, status } = object as KubernetesObject & {
    readonly spec?: { readonly nodeName?: string };
    readonly status?: {
      readonly conditions?: readonly PodCondition[];
      readonly podIP?: string;
      readonly phase?: string;
      readonly initContainerStatuses?: readonly ContainerStatus[];
      readonly containerStatuses?: readonly ContainerStatus[];
    };
  };
  const { initContainerStatuses = [], containerStatuses = [] } = status ?? {};
  const containers = [...initContainerStatuses, ...containerStatuses];
  const ready = status?.conditions?.find(({ type, status }) => type === 'Ready' && status === 'True');
  const readySince = Date.parse(ready?.lastTransitionTime ?? '');
  const owner = controllerOf(metadata);
  return {
    ...identity(metadata),
    uid: metadata.uid,
    ownerUid: owner?.uid,
    ownerKind: owner?.kind,
    ownerName: owner?.name,
    labels: metadata.labels ?? {},
    ip: status?.podIP,
    node: spec?.nodeName,
    hasStarted: containers.some(hasRun),
    isReady: ready !== undefined,
    readySince: Number.isNaN(readySince) ? undefined : readySince,
    isDeleted: metadata.deletionTimestamp !== undefined,
    isFinished: status?.phase === 'Succeeded' || status?.phase === 'Failed',
    isInjected: metadata.annotations?.[injectedAnnotation] !== undefined,
    createdAt: metadata.creationTimestamp,
  };
}

/** A pod template that a workload may come back to: a ReplicaSet, or a ControllerRevision of a StatefulSet or DaemonSet. */
export interface TemplateItem extends Item {
  readonly uid: string;
  readonly ownerUid: string | undefined;
  readonly labels: Labels;
}

export function trimReplicaSet(object: KubernetesObject): TemplateItem {
  const { metadata, spec } = object as KubernetesObject & {
    readonly spec: { readonly template?: PodTemplate };
  };
  return templateItem(metadata, spec.template);
}

function templateItem(metadata: ObjectMeta, template: PodTemplate | undefined): TemplateItem {
  return {
    ...identity(metadata),
    uid: metadata.uid,
    ownerUid: controllerUid(metadata),
    labels: template?.metadata?.labels ?? {},
  };
}

/** The revision of a StatefulSet or DaemonSet. */
export function trimControllerRevision(object: KubernetesObject): TemplateItem {
  const { metadata, data } = object as KubernetesObject & {
    readonly data?: { readonly spec?: { readonly template?: PodTemplate } };
  };
  return templateItem(metadata, data?.spec?.template);
}

/** A revision of an agent's filter. */
export interface RevisionItem extends Item {
  readonly agentName: string;
  readonly ownerUid: string | undefined;
  /** Undefined: the operator did not write the object so, and ignores it. */
  readonly revision: Revision | undefined;
  /** Why it is ignored. */
  readonly problem: string | undefined;
}

export function trimRevision(object: KubernetesObject): RevisionItem {
  const { metadata } = object;
  const item = {
    ...identity(metadata),
    agentName: metadata.labels?.[agentLabel] ?? '',
    ownerUid: controllerUid(metadata),
  };
  try {
    return { ...item, revision: readRevision(object), problem: undefined };
  } catch (error) {
    return { ...item, revision: undefined, problem: messageOf(error) };
  }
}

/** An Istio resource with an agent's label. */
export interface IstioItem extends Item {
  readonly kind: IstioKind;
  readonly uid: string;
  readonly agentName: string;
  readonly ownerUid: string | undefined;
  readonly labels: Labels;
  readonly ownerReferences: unknown;
  readonly spec: unknown;
}

/** @param kind the items of a list do not carry theirs. */
export function trimIstioObject(kind: IstioKind, object: KubernetesObject): IstioItem {
  const { metadata, spec } = object as KubernetesObject & { readonly spec?: unknown };
  return {
    ...identity(metadata),
    kind,
    uid: metadata.uid,
    agentName: metadata.labels?.[agentLabel] ?? '',
    ownerUid: controllerUid(metadata),
    labels: metadata.labels ?? {},
    ownerReferences: metadata.ownerReferences ?? [],
    spec,
  };
}

function identity(metadata: ObjectMeta): Item {
  return {
    namespace: metadata.namespace ?? '',
    name: metadata.name,
    resourceVersion: metadata.resourceVersion,
  };
}

function controllerUid(metadata: ObjectMeta): string | undefined {
  return controllerOf(metadata)?.uid;
}

function controllerOf({ ownerReferences = [] }: ObjectMeta) {
  return ownerReferences.find(({ controller }) => controller);
}
