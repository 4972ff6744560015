import pLimit from 'p-limit';
import type { SpAgentStatus } from '../../../operator/api/status-schema.ts';
import { createClient, type ClusterClient } from '../../../operator/cluster/client.ts';
import { collectionPath } from '../../../operator/cluster/kinds.ts';
import type { KubernetesObject } from '../../../operator/cluster/kubernetes-object.ts';
import { startControlPlane, type ControlPlane } from '../../cluster/control-plane.ts';
import { installIstioCrds } from '../../cluster/istio-crds.ts';
import { kubectl } from '../../cluster/kubectl.ts';
import { startOperator, type RunningOperator } from '../../demo/operator-process.ts';
import { toolsOfLevel } from '../../tools/catalog.ts';
import { ensureTools } from '../../tools/tool.ts';

export interface BenchSize {
  readonly agents: number;
  readonly namespaces: number;
  /** Of each agent's Deployment. */
  readonly pods: number;
}

export type AgentObject = KubernetesObject & { readonly status?: SpAgentStatus };

/** A control plane whose pods are played, and the operator as a process of its own. */
export interface BenchWorld extends AsyncDisposable {
  readonly size: BenchSize;
  readonly client: ClusterClient;
  operator(): RunningOperator;
  /** Ends the operator and starts another one. */
  restartOperator(): Promise<void>;
  createWorkload(index: number): Promise<void>;
  createAgent(index: number): Promise<void>;
  /** Of every namespace. */
  agents(): Promise<readonly AgentObject[]>;
}

export async function startBenchWorld(size: BenchSize): Promise<BenchWorld> {
  await ensureTools(toolsOfLevel(1));
  await using started = new AsyncDisposableStack();
  const plane = started.use(await startControlPlane({ nodes: 10 }));
  await installIstioCrds(plane.kubeconfig);
  await kubectl(plane.kubeconfig, ['apply', '--server-side', '-f', 'crds/']);
  for (const name of ['sp-system', ...namespacesOf(size)]) {
    await kubectl(plane.kubeconfig, ['create', 'namespace', name]);
  }
  const client = started.use(createClient(plane.kubeconfig));
  let operator = await startOperatorOn(plane);
  started.defer(() => operator.process[Symbol.asyncDispose]());
  const rest = started.move();
  return {
    size,
    client,
    operator: () => operator,
    restartOperator: async () => {
      await operator.process[Symbol.asyncDispose]();
      operator = await startOperatorOn(plane);
    },
    createWorkload: (index) =>
      create(client, collectionPath('Deployment', namespaceAt(size, index)), workload(size, index)),
    createAgent: (index) => create(client, collectionPath('SpAgent', namespaceAt(size, index)), agent(index)),
    agents: async () =>
      (await client.json<{ items: AgentObject[] }>({ path: collectionPath('SpAgent', undefined) })).items,
    [Symbol.asyncDispose]: () => rest.disposeAsync(),
  };
}

function startOperatorOn({ kubeconfig, stateDirectory }: ControlPlane): Promise<RunningOperator> {
  // As a Service: another address would be another revision of each agent.
  return startOperator(kubeconfig, stateDirectory, ['--module-base-url=http://sp-agent.sp-system.svc:8080']);
}

/** Requests of the bench at the same time. */
const concurrency = 8;

/** Does this for many agents, a few at the same time. */
export async function forEach(indices: readonly number[], act: (index: number) => Promise<void>) {
  const limit = pLimit(concurrency);
  await Promise.all(indices.map((index) => limit(() => act(index))));
}

async function create(client: ClusterClient, path: string, body: object): Promise<void> {
  await client.json({ method: 'POST', path, body });
}

function namespacesOf({ namespaces }: BenchSize): string[] {
  return Array.from({ length: namespaces }, (_, index) => `bench-${index}`);
}

export function namespaceAt({ namespaces }: BenchSize, index: number): string {
  return `bench-${index % namespaces}`;
}

export function nameAt(index: number): string {
  return `app-${index}`;
}

function workload({ pods }: BenchSize, index: number): object {
  const labels = { app: nameAt(index) };
  return {
    metadata: { name: nameAt(index) },
    spec: {
      replicas: pods,
      selector: { matchLabels: labels },
      template: { metadata: { labels }, spec: { containers: [{ name: 'app', image: 'app' }] } },
    },
  };
}

function agent(index: number): object {
  return {
    apiVersion: 'softprobe.ai/v1alpha1',
    kind: 'SpAgent',
    metadata: { name: nameAt(index) },
    spec: {
      selector: { matchLabels: { app: nameAt(index) } },
      backend: { url: 'https://recordings.example' },
    },
  };
}
