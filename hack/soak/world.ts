import { installIstioCrds } from '../cluster/istio-crds.ts';
import { kubectl } from '../cluster/kubectl.ts';
import { startControlPlane } from '../cluster/control-plane.ts';
import { startOperator, type RunningService } from '../demo/operator-process.ts';
import { toolsOfLevel } from '../tools/catalog.ts';
import { ensureTools } from '../tools/tool.ts';
import { createClient, type ClusterClient } from '../../operator/cluster/client.ts';
import { collectionPath, objectPath, type Kind } from '../../operator/cluster/kinds.ts';

/** A control plane with played pods and the operator as a process of its own. */
export interface SoakWorld extends AsyncDisposable {
  readonly client: ClusterClient;
  readonly operator: RunningService;
  /** A namespace that exists from now on. */
  addNamespace(name: string): Promise<void>;
  create(kind: Kind, namespace: string, object: object): Promise<void>;
  remove(kind: Kind, namespace: string, name: string): Promise<void>;
}

export async function startSoakWorld(): Promise<SoakWorld> {
  await ensureTools(toolsOfLevel(1));
  await using started = new AsyncDisposableStack();
  const plane = started.use(await startControlPlane({ nodes: 3, log: console.log }));
  await installIstioCrds(plane.kubeconfig);
  await kubectl(plane.kubeconfig, ['apply', '--server-side', '-f', 'crds/']);
  await kubectl(plane.kubeconfig, ['create', 'namespace', 'sp-system']);
  const client = started.use(createClient(plane.kubeconfig));
  const operator = await startOperator(plane.kubeconfig, plane.stateDirectory, ['--allow-private-urls']);
  started.use(operator.process);
  const rest = started.move();
  return {
    client,
    operator,
    addNamespace: async (name) => {
      await kubectl(plane.kubeconfig, ['create', 'namespace', name]);
    },
    create: async (kind, namespace, object) => {
      await client.json({ method: 'POST', path: collectionPath(kind, namespace), body: object });
    },
    remove: async (kind, namespace, name) => {
      await client.request({ method: 'DELETE', path: objectPath({ kind, namespace, name }) });
    },
    [Symbol.asyncDispose]: () => rest.disposeAsync(),
  };
}

/** An SpAgent for the pods labelled `app: <name>`. */
export function agentObject(name: string, filter: object): object {
  return {
    apiVersion: 'softprobe.ai/v1alpha1',
    kind: 'SpAgent',
    metadata: { name },
    spec: {
      selector: { matchLabels: { app: name } },
      backend: { url: 'http://backend.sp-system:8080' },
      filter,
    },
  };
}
