import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { KubeConfig } from '@kubernetes/client-node';
import { pino } from 'pino';
import { startArgoRollouts } from '../../hack/cluster/argo-rollouts.ts';
import { startControlPlane, type ControlPlane } from '../../hack/cluster/control-plane.ts';
import { helm } from '../../hack/cluster/helm.ts';
import { installIstioCrds } from '../../hack/cluster/istio-crds.ts';
import { kubectl } from '../../hack/cluster/kubectl.ts';
import { objectPath } from '../../operator/cluster/kinds.ts';
import { chartImage } from './chart-image.ts';
import { installCrds } from './cluster.ts';
import { eventually } from './eventually.ts';
import { patience, startWorld, type LooseObject, type World } from './operator.ts';

const chart = fileURLToPath(new URL('../../charts', import.meta.url));
const system = 'sp-system';

/** A cluster of its own, as the shared one has no Argo Rollouts, with the chart's rights and policies. */
export interface ArgoCluster extends AsyncDisposable {
  readonly cluster: ControlPlane;
  /** Of the operator's account. */
  readonly kubeconfig: string;
  /** Installs Argo Rollouts, with its real controller, unless it is there. */
  install(): Promise<void>;
}

export async function startArgoCluster(): Promise<ArgoCluster> {
  await using started = new AsyncDisposableStack();
  const cluster = started.use(await startControlPlane({ nodes: 1 }));
  await installIstioCrds(cluster.kubeconfig);
  await installCrds(cluster.kubeconfig);
  const where = ['--namespace', system, '--create-namespace'];
  await helm(cluster.kubeconfig, ['install', 'sp-agent', chart, chartImage, ...where]);
  const token = await kubectl(cluster.kubeconfig, ['create', 'token', 'sp-agent', '-n', system]);
  const server = cluster.adminConfig.getCurrentCluster();
  assert.ok(server);
  const config = new KubeConfig();
  config.loadFromClusterAndUser(server, { name: 'operator', token: token.trim() });
  const kubeconfig = join(cluster.stateDirectory, 'operator.kubeconfig');
  await writeFile(kubeconfig, config.exportConfig(), { mode: 0o600 });
  const stack = started.move();
  let installed: Promise<void> | undefined;
  return {
    cluster,
    kubeconfig,
    install: () => (installed ??= startArgoRollouts(cluster).then((server) => void stack.use(server))),
    [Symbol.asyncDispose]: () => stack.disposeAsync(),
  };
}

export interface ArgoWorld extends World {
  /** What the operator logged as a warning or worse. */
  readonly warnings: readonly string[];
  /** A Rollout of four pods labelled `app: checkout`, complete. */
  createRollout(name: string, spec?: object): Promise<LooseObject>;
  /** Waits until the status of a Rollout fits. */
  rollout(name: string, wanted: (status: LooseObject['status']) => boolean): Promise<LooseObject>;
  /** What `kubectl argo rollouts promote` does at a pause. */
  promote(name: string): Promise<void>;
  /** What `kubectl argo rollouts abort` does. */
  abort(name: string): Promise<void>;
  /** Waits until the rollout of agent checkout says so. */
  message(pattern: RegExp): Promise<string>;
}

export async function startArgoWorld({ cluster, kubeconfig }: ArgoCluster): Promise<ArgoWorld> {
  const warnings: string[] = [];
  const log = pino({ level: 'warn' }, { write: (line: string) => void warnings.push(line) });
  const world = await startWorld(cluster, { kubeconfig, namespace: system, log });
  return {
    ...world,
    warnings,
    ...rolloutsOf(world),
    message: (pattern) =>
      eventually(
        `${pattern} in the status`,
        async () => {
          const { rollout } = await world.status('checkout');
          if (!pattern.test(rollout?.message ?? '')) throw new Error(JSON.stringify(rollout));
          return rollout?.message ?? '';
        },
        patience,
      ),
  };
}

function rolloutsOf({ client, namespace, create, get }: World) {
  const rollout: ArgoWorld['rollout'] = (name, wanted) =>
    eventually(
      `the status of Rollout ${name}`,
      async () => {
        const object = await get('Rollout', name);
        const isObserved = object.status?.observedGeneration === String(object.metadata.generation);
        if (!isObserved || !wanted(object.status)) throw new Error(JSON.stringify(object.status ?? {}));
        return object;
      },
      patience,
    );
  const createRollout = async (name: string, spec: object = {}) => {
    const labels = { app: 'checkout' };
    const template = { metadata: { labels }, spec: { containers: [{ name: 'app', image: 'app' }] } };
    await create('Rollout', name, {
      apiVersion: 'argoproj.io/v1alpha1',
      kind: 'Rollout',
      spec: { replicas: 4, selector: { matchLabels: labels }, template, ...spec },
    });
    return rollout(name, ({ phase }) => phase === 'Healthy');
  };
  const patchStatus = async (name: string, status: object) => {
    await client.json({
      method: 'PATCH',
      path: objectPath({ kind: 'Rollout', namespace, name }, 'status'),
      body: { status },
      contentType: 'application/merge-patch+json',
    });
  };
  return {
    rollout,
    createRollout,
    promote: async (name: string) => {
      const isPromoted = async () => {
        // Its controller may add the pause of the same step once more.
        await patchStatus(name, { pauseConditions: null });
        return (await get('Rollout', name)).status?.phase !== 'Paused';
      };
      await eventually(`the promotion of Rollout ${name}`, isPromoted, patience);
    },
    abort: (name: string) => patchStatus(name, { abort: true }),
  };
}
