import { z } from 'zod';
import { agentLabel, stepAnnotation } from '../../api/names.ts';
import { istioKindNames } from '../../api/istio-kinds.ts';
import type { SpAgent } from '../../api/schema.ts';
import { collectionPath, type Kind } from '../../cluster/kinds.ts';
import { listAll } from '../../cluster/list-pages.ts';
import type { ClusterClient } from '../../cluster/client.ts';
import { selectsPod } from '../../render/targets/sidecars.ts';
import type { FoundAgent } from '../agents.ts';
import { selectedPods, type SelectedPod } from '../pods.ts';
import { servedWorkloadKinds } from '../workloads.ts';
import type { Collector } from './collector.ts';

const eventsMax = 1000;

const texts = z.record(z.string(), z.string()).default({});
const templated = z.looseObject({
  metadata: z.looseObject({ name: z.string(), annotations: texts }),
  spec: z.looseObject({
    template: z.looseObject({
      metadata: z.looseObject({ labels: texts, annotations: texts }).prefault({}),
      spec: z
        .looseObject({ containers: z.array(z.looseObject({ env: z.unknown().optional() })).default([]) })
        .prefault({}),
    }),
  }),
});
const event = z.looseObject({ regarding: z.looseObject({ kind: z.string(), name: z.string() }).optional() });

export interface NamespaceRequest {
  readonly client: ClusterClient;
  readonly namespace: string;
  readonly agents: readonly FoundAgent[];
}

/** What there is of the agents of one namespace, below `namespaces/NAME/`. @returns the pods that they select. */
export async function addNamespace(collector: Collector, request: NamespaceRequest): Promise<SelectedPod[]> {
  const { client, namespace, agents } = request;
  const folder = `namespaces/${namespace}`;
  const list = (kind: Kind, query = {}) =>
    collector.part(`${kind} of ${namespace}`, () =>
      listAll<object>(client, { path: collectionPath(kind, namespace), query }),
    );
  collector.addObjects(
    `${folder}/agents.json`,
    agents.map(({ object }) => object),
  );
  const ofAgents = { labelSelector: agentLabel };
  collector.addObjects(`${folder}/revisions.json`, (await list('SpAgentRevision', ofAgents)) ?? []);
  const rendered = await Promise.all(istioKindNames.map((kind) => list(kind, ofAgents)));
  collector.addObjects(
    `${folder}/rendered.json`,
    rendered.flatMap((objects) => objects ?? []),
  );
  const kinds = (await collector.part('kinds of workloads', () => servedWorkloadKinds(client))) ?? [];
  const workloads = await Promise.all(kinds.map((kind) => list(kind)));
  const kept = kinds.flatMap((kind, index) =>
    (workloads[index] ?? []).flatMap((object) => workloadPart(collector, agents, { kind, object })),
  );
  collector.addObjects(`${folder}/workloads.json`, kept);
  const pods: SelectedPod[] = [];
  for (const { agent } of agents) {
    const selected = await collector.part(`pods of ${namespace}/${agent.name}`, () =>
      selectedPods(client, agent),
    );
    pods.push(...(selected ?? []));
    collector.addObjects(`${folder}/pods-of-${agent.name}.json`, selected ?? []);
  }
  const names = new Set([
    ...agents.map(({ agent }) => agent.name),
    ...kept.map(({ name }) => name),
    ...pods.map(({ name }) => name),
  ]);
  const events = z.array(event).parse((await list('Event')) ?? []);
  const about = events.filter(({ regarding }) => regarding && names.has(regarding.name));
  collector.addObjects(`${folder}/events.json`, about.slice(-eventsMax));
  return pods;
}

interface GivenWorkload {
  readonly kind: string;
  readonly object: object;
}

/** How far a workload is, if an agent selects it. Its containers' variables and its annotations are nobody's business. */
function workloadPart(collector: Collector, agents: readonly FoundAgent[], { kind, object }: GivenWorkload) {
  const parsed = templated.safeParse(object);
  if (!parsed.success) return [];
  const { metadata, spec } = parsed.data;
  const { labels, annotations } = spec.template.metadata;
  const selecting = agents.filter(({ agent }) => selectsPod(agent.spec.selector, labels));
  if (selecting.length === 0) return [];
  const { status } = object as { readonly status?: unknown };
  collector.redactor.forget([
    metadata.annotations,
    annotations,
    spec.template.spec.containers.map(({ env }) => env),
  ]);
  return [
    {
      kind,
      name: metadata.name,
      replicas: spec['replicas'],
      paused: spec['paused'],
      labels,
      steps: selecting.map(({ agent }) => stepOf(agent, metadata.annotations)),
      progress: status,
    },
  ];
}

const step = z.object({ revision: z.string().optional(), since: z.string() });

/** What the operator noted on the workload with its last patch. */
function stepOf(agent: Pick<SpAgent, 'name'>, annotations: Readonly<Record<string, string>>) {
  const text = annotations[stepAnnotation(agent.name)];
  if (text === undefined) return { agent: agent.name };
  try {
    return { agent: agent.name, ...step.parse(JSON.parse(text)) };
  } catch {
    return { agent: agent.name };
  }
}
