import {
  agentLabel,
  podRevisionLabel,
  resourceRevisionLabel,
  revisionLabelPrefix,
} from '../../../operator/api/names.ts';
import { istioKindNames } from '../../../operator/api/istio-kinds.ts';
import type { SpAgentStatus } from '../../../operator/api/status-schema.ts';
import type { ClusterClient } from '../../../operator/cluster/client.ts';
import { collectionPath, type Kind } from '../../../operator/cluster/kinds.ts';
import type { KubernetesObject } from '../../../operator/cluster/kubernetes-object.ts';

type Labels = Readonly<Record<string, string>>;

export interface SeenAgent {
  readonly name: string;
  readonly uid: string;
  readonly generation: number;
  readonly isDeleted: boolean;
  readonly isLive: boolean;
  readonly status: SpAgentStatus;
}

export interface SeenPod {
  readonly name: string;
  readonly uid: string;
  /** The agent that its label names, if one does. */
  readonly agent: string | undefined;
  readonly revision: string | undefined;
  /** Its label `app`: the name of its Deployment, and of the agent that selects it. */
  readonly app: string;
  readonly isReady: boolean;
  readonly isDeleted: boolean;
  /** Milliseconds since the epoch. */
  readonly createdAt: number;
}

/** A revision, or an Istio resource of one. */
export interface SeenPart {
  readonly name: string;
  readonly agent: string;
  readonly revision: string;
  /** Of a revision: why it was marked as failed. */
  readonly failure: string | undefined;
}

/**
 * What the cluster held. Agents and pods were read before and after the rest: what is true of both lists was true while the rest
 * was read.
 */
export interface Picture {
  readonly now: number;
  readonly agents: readonly [before: readonly SeenAgent[], after: readonly SeenAgent[]];
  readonly pods: readonly [before: readonly SeenPod[], after: readonly SeenPod[]];
  /** Name of a Deployment → labels of its pod template. */
  readonly templates: ReadonlyMap<string, Labels>;
  readonly revisions: readonly SeenPart[];
  readonly resources: readonly SeenPart[];
}

/** @throws while the API server is away. */
export async function takePicture(client: ClusterClient, namespace: string): Promise<Picture> {
  const list = async <Seen>(kind: Kind, seen: (object: KubernetesObject) => Seen): Promise<Seen[]> => {
    const path = collectionPath(kind, namespace);
    return (await client.json<{ items: KubernetesObject[] }>({ path })).items.map(seen);
  };
  const agents = () => list('SpAgent', seenAgent);
  const pods = () => list('Pod', seenPod);
  const [agentsBefore, podsBefore] = [await agents(), await pods()];
  const templates = new Map(await list('Deployment', seenTemplate));
  const revisions = await list('SpAgentRevision', seenPart);
  const resources = (await Promise.all(istioKindNames.map((kind) => list(kind, seenPart)))).flat();
  return {
    now: Date.now(),
    pods: [podsBefore, await pods()],
    agents: [agentsBefore, await agents()],
    templates,
    revisions,
    resources,
  };
}

function seenAgent(object: KubernetesObject): SeenAgent {
  const { metadata, spec, status } = object as KubernetesObject & {
    readonly spec?: { readonly rollout?: { readonly method?: string } };
    readonly status?: SpAgentStatus;
  };
  return {
    name: metadata.name,
    uid: metadata.uid,
    generation: metadata.generation ?? 0,
    isDeleted: metadata.deletionTimestamp !== undefined,
    isLive: spec?.rollout?.method === 'Live',
    status: status ?? {},
  };
}

function seenPod(object: KubernetesObject): SeenPod {
  const { metadata, status } = object as KubernetesObject & {
    readonly status?: { readonly conditions?: readonly { readonly type: string; readonly status: string }[] };
  };
  const labels = metadata.labels ?? {};
  const label = Object.keys(labels).find((key) => key.startsWith(revisionLabelPrefix));
  return {
    name: metadata.name,
    uid: metadata.uid,
    agent: label?.slice(revisionLabelPrefix.length),
    revision: label === undefined ? undefined : labels[label],
    app: labels['app'] ?? '',
    isReady: status?.conditions?.some(({ type, status }) => type === 'Ready' && status === 'True') ?? false,
    isDeleted: metadata.deletionTimestamp !== undefined,
    createdAt: Date.parse(metadata.creationTimestamp),
  };
}

function seenTemplate(object: KubernetesObject): readonly [string, Labels] {
  const { spec } = object as KubernetesObject & {
    readonly spec?: { readonly template?: { readonly metadata?: { readonly labels?: Labels } } };
  };
  return [object.metadata.name, spec?.template?.metadata?.labels ?? {}];
}

function seenPart(object: KubernetesObject): SeenPart {
  const { metadata, status } = object as KubernetesObject & {
    readonly status?: { readonly failure?: { readonly message?: string } };
  };
  const { failure } = status ?? {};
  return {
    name: metadata.name,
    agent: metadata.labels?.[agentLabel] ?? '',
    revision: metadata.labels?.[resourceRevisionLabel] ?? '',
    failure: failure && JSON.stringify(failure),
  };
}

/** The agents that did not change while the picture was taken. */
export function steadyAgents({ agents: [before, after] }: Picture): SeenAgent[] {
  return before.flatMap((agent) => {
    const later = after.find(({ uid }) => uid === agent.uid);
    const isSteady =
      later !== undefined &&
      !later.isDeleted &&
      later.generation === agent.generation &&
      later.status.targetRevision === agent.status.targetRevision &&
      isReadyNow(later) === isReadyNow(agent);
    return isSteady ? [later] : [];
  });
}

/** The pods that were there all the time, with the same label. */
export function steadyPods({ pods: [before, after] }: Picture): SeenPod[] {
  return before.flatMap((pod) => {
    const later = after.find(({ uid }) => uid === pod.uid);
    return later && !later.isDeleted && later.revision === pod.revision ? [later] : [];
  });
}

/** Whether its status says Ready of its present spec. */
export function isReadyNow({ generation, status }: SeenAgent): boolean {
  const ready = status.conditions?.find(({ type }) => type === 'Ready');
  return ready?.status === 'True' && ready.observedGeneration === generation;
}

export function templateRevision({ templates }: Picture, agent: string): string | undefined {
  return templates.get(agent)?.[podRevisionLabel(agent)];
}
