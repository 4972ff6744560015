import { CoreV1Api } from '@kubernetes/client-node';
import { startControlPlane, type ControlPlane } from '../../hack/cluster/control-plane.ts';
import { installIstioCrds } from '../../hack/cluster/istio-crds.ts';
import { kubectl } from '../../hack/cluster/kubectl.ts';
import { hasCode } from '../../operator/cluster/api-error.ts';

let shared: Promise<ControlPlane> | undefined;

async function start(): Promise<ControlPlane> {
  await using started = new AsyncDisposableStack();
  const cluster = started.use(await startControlPlane({ nodes: 3 }));
  await installIstioCrds(cluster.kubeconfig);
  await installCrds(cluster.kubeconfig);
  started.move();
  return cluster;
}

/** Installs our kinds, and waits until the API server serves them. */
export async function installCrds(kubeconfig: string): Promise<void> {
  await kubectl(kubeconfig, ['apply', '--server-side', '-f', 'crds']);
  const kinds = ['crd/spagents.softprobe.ai', 'crd/spagentrevisions.softprobe.ai'];
  await kubectl(kubeconfig, ['wait', '--for=condition=Established', '--timeout=30s', ...kinds]);
}

/**
 * The control plane that all suites of a run share, with three played nodes, Istio's CRDs and our own. Started by the
 * first that asks; ended after the last test. Each test works in a namespace of its own.
 */
export function sharedCluster(): Promise<ControlPlane> {
  shared ??= start();
  return shared;
}

// At the top level this is a root hook: it runs once, after the last suite of the run.
after(async () => {
  const cluster = await shared?.catch(() => undefined);
  await cluster?.[Symbol.asyncDispose]();
});

export interface TestNamespace extends AsyncDisposable {
  readonly name: string;
}

/** A new namespace with its service account. Disposing deletes it with all it holds, without waiting for the end. */
export async function createNamespace(
  cluster: ControlPlane,
  labels: Record<string, string> = {},
): Promise<TestNamespace> {
  const core = cluster.adminConfig.makeApiClient(CoreV1Api);
  const { metadata } = await core.createNamespace({ body: { metadata: { generateName: 'test-', labels } } });
  const name = metadata?.name ?? '';
  return {
    name,
    async [Symbol.asyncDispose]() {
      await core.deleteNamespace({ name }).catch((error: unknown) => {
        // The test deleted it itself: it is gone, or going.
        if (!hasCode(error, 404) && !hasCode(error, 409)) throw error;
      });
    },
  };
}
