import { createClient, type ClusterClient } from '../../operator/cluster/client.ts';
import { collectionPath, objectPath, type Kind } from '../../operator/cluster/kinds.ts';
import { startControlPlane, type ControlPlane } from '../cluster/control-plane.ts';
import { installIstioCrds } from '../cluster/istio-crds.ts';
import { kubectl } from '../cluster/kubectl.ts';
import { toolsOfLevel } from '../tools/catalog.ts';
import { ensureTools } from '../tools/tool.ts';

/** A control plane whose pods are played, and an administrator's way to its objects. */
export interface SoakCluster extends AsyncDisposable {
  readonly plane: ControlPlane;
  readonly client: ClusterClient;
  /** A namespace that exists from now on. */
  addNamespace(name: string): Promise<void>;
  create(kind: Kind, namespace: string, object: object): Promise<void>;
  remove(kind: Kind, namespace: string, name: string): Promise<void>;
}

/** Starts a control plane with Istio's kinds and ours. */
export async function startSoakCluster(): Promise<SoakCluster> {
  await ensureTools(toolsOfLevel(1));
  await using started = new AsyncDisposableStack();
  const plane = started.use(await startControlPlane({ nodes: 3, log: console.log }));
  await installIstioCrds(plane.kubeconfig);
  await kubectl(plane.kubeconfig, ['apply', '--server-side', '-f', 'crds/']);
  const cluster = started.use(soakClusterOn(plane));
  const rest = started.move();
  return { ...cluster, [Symbol.asyncDispose]: () => rest.disposeAsync() };
}

/** The same on a control plane that has the kinds; disposing leaves it alone. */
export function soakClusterOn(plane: ControlPlane): SoakCluster {
  const client = createClient(plane.kubeconfig);
  return {
    plane,
    client,
    addNamespace: async (name) => {
      await kubectl(plane.kubeconfig, ['create', 'namespace', name]);
    },
    create: async (kind, namespace, object) => {
      await client.json({ method: 'POST', path: collectionPath(kind, namespace), body: object });
    },
    remove: async (kind, namespace, name) => {
      await client.request({ method: 'DELETE', path: objectPath({ kind, namespace, name }) });
    },
    [Symbol.asyncDispose]: () => client[Symbol.asyncDispose](),
  };
}

/** A Deployment of pods labelled `app: <name>`. */
export function deploymentObject(name: string, replicas: number): object {
  const labels = { app: name };
  const template = { metadata: { labels }, spec: { containers: [{ name: 'app', image: 'app' }] } };
  return { metadata: { name }, spec: { replicas, selector: { matchLabels: labels }, template } };
}

/** An SpAgent for the pods labelled `app: <name>`. */
export function agentObject(name: string, spec: object): object {
  return {
    apiVersion: 'softprobe.ai/v1alpha1',
    kind: 'SpAgent',
    metadata: { name },
    spec: {
      selector: { matchLabels: { app: name } },
      backend: { url: 'http://backend.sp-system:8080' },
      ...spec,
    },
  };
}

/** AssemblyScript of a filter that does nothing; its name makes each module another one. */
export function sourceOf(name: string): string {
  return [
    'export function proxy_abi_version_0_2_1(): void {}',
    'export function proxy_on_memory_allocate(size: u32): usize { return heap.alloc(size); }',
    'export function proxy_on_context_create(id: u32, root: u32): void {}',
    `export function name(): string { return '${name}'; }`,
  ].join('\n');
}
