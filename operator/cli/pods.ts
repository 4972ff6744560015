import { z } from 'zod';
import { podRevisionLabel } from '../api/names.ts';
import type { SpAgent } from '../api/schema.ts';
import type { ClusterClient } from '../cluster/client.ts';
import { collectionPath } from '../cluster/kinds.ts';
import { listAll } from '../cluster/list-pages.ts';
import { selectorText } from '../render/targets/sidecars.ts';
import type { Oddity } from '../workloads/kind.ts';
import { templateOddity } from '../workloads/template-oddity.ts';

const containerList = z.array(
  z.object({ name: z.string(), image: z.string().default(''), args: z.array(z.string()).default([]) }),
);
const texts = z.record(z.string(), z.string()).default({});

const podList = z.array(
  z.object({
    metadata: z.object({
      name: z.string(),
      labels: texts,
      annotations: texts,
      creationTimestamp: z.string(),
      deletionTimestamp: z.string().optional(),
      ownerReferences: z
        .array(z.object({ kind: z.string(), name: z.string(), controller: z.boolean().optional() }))
        .default([]),
    }),
    spec: z
      .object({
        containers: containerList,
        initContainers: containerList.default([]),
        hostNetwork: z.boolean().default(false),
      })
      .prefault({ containers: [] }),
    status: z
      .object({
        phase: z.string().default('Unknown'),
        conditions: z.array(z.object({ type: z.string(), status: z.string() })).default([]),
      })
      .prefault({}),
  }),
);

type PodObject = z.output<typeof podList>[number];

/** A pod that an agent selects. */
export interface SelectedPod {
  readonly name: string;
  /** `Deployment/checkout`; undefined for a pod without a workload. */
  readonly workload: string | undefined;
  /** Named by its label; undefined for none. */
  readonly revision: string | undefined;
  readonly isReady: boolean;
  readonly isDeleting: boolean;
  /** Istio injected a proxy when the pod was created. */
  readonly hasSidecar: boolean;
  /** Of that proxy. */
  readonly proxyImage: string | undefined;
  /** What about the pod itself keeps the filter out of it. */
  readonly oddity: Oddity | undefined;
  /** The pod says that it wants a sidecar, whatever its namespace says. */
  readonly asksForSidecar: boolean;
  readonly labels: Readonly<Record<string, string>>;
  readonly phase: string;
  readonly createdAt: string;
}

export async function selectedPods(client: ClusterClient, agent: SpAgent): Promise<SelectedPod[]> {
  const query = { labelSelector: selectorText(agent.spec.selector) };
  const pods = podList.parse(await listAll(client, { path: collectionPath('Pod', agent.namespace), query }));
  return pods.map((pod) => selectedPod(pod, podRevisionLabel(agent.name)));
}

function selectedPod({ metadata, spec, status }: PodObject, revisionLabel: string): SelectedPod {
  const { labels, annotations } = metadata;
  // A native sidecar is an init container that keeps running.
  const proxy = [...spec.containers, ...spec.initContainers].find(({ name }) => name === 'istio-proxy');
  const oddity = templateOddity({ metadata: {}, spec: { template: { metadata, spec } } });
  return {
    name: metadata.name,
    workload: workloadOf(metadata),
    revision: labels[revisionLabel],
    isReady: status.conditions.some((condition) => condition.type === 'Ready' && condition.status === 'True'),
    isDeleting: metadata.deletionTimestamp !== undefined,
    hasSidecar: proxy !== undefined,
    proxyImage: proxy?.image,
    // `proxy sidecar` or `proxy router`: what Istio's agent is started with.
    oddity: proxy?.args.includes('router') ? 'Gateway' : oddity,
    asksForSidecar:
      (labels['sidecar.istio.io/inject'] ?? annotations['sidecar.istio.io/inject']) === 'true' ||
      'istio.io/rev' in labels,
    labels,
    phase: status.phase,
    createdAt: metadata.creationTimestamp,
  };
}

/** The hash in the name of a pod's ReplicaSet, by the kind of workload that it belongs to. */
const hashLabels = { Rollout: 'rollouts-pod-template-hash', Deployment: 'pod-template-hash' } as const;

/** A Deployment or Rollout names its ReplicaSets after itself and the hash that its pods carry too. */
function workloadOf({ labels, ownerReferences }: PodObject['metadata']): string | undefined {
  const owner = ownerReferences.find(({ controller }) => controller);
  if (owner?.kind !== 'ReplicaSet') return owner && `${owner.kind}/${owner.name}`;
  const kind = hashLabels.Rollout in labels ? 'Rollout' : 'Deployment';
  const suffix = `-${labels[hashLabels[kind]] ?? ''}`;
  return `${kind}/${owner.name.endsWith(suffix) ? owner.name.slice(0, -suffix.length) : owner.name}`;
}
