import { AppsV1Api, CustomObjectsApi } from '@kubernetes/client-node';
import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { startControlPlane } from '../../hack/cluster/control-plane.ts';
import { kubectl } from '../../hack/cluster/kubectl.ts';
import { neverReadyLabel } from '../../hack/cluster/kwok.ts';
import { run } from '../../hack/tools/run.ts';
import { createNamespace, sharedCluster } from '../support/cluster.ts';
import { eventually } from '../support/eventually.ts';

function deployment(name: string, replicas: number) {
  const labels: Record<string, string> = { app: name };
  return {
    metadata: { name },
    spec: {
      replicas,
      selector: { matchLabels: labels },
      template: {
        metadata: { labels: { ...labels } },
        spec: { containers: [{ name: 'app', image: 'app' }] },
      },
    },
  };
}

function processesOf(stateDirectory: string): Promise<string> {
  const script = `ps -eo args | grep -F '${stateDirectory}' | grep -v grep || true`;
  return run(['sh', '-c', script], { timeoutSeconds: 10 });
}

describe('control plane', () => {
  it('makes the pods of a Deployment ready and stalls a rolling update on one that never is', async () => {
    const cluster = await sharedCluster();
    await using namespace = await createNamespace(cluster);
    const apps = cluster.adminConfig.makeApiClient(AppsV1Api);
    const key = { name: 'web', namespace: namespace.name };
    const body = deployment('web', 3);
    await apps.createNamespacedDeployment({ namespace: namespace.name, body });
    const status = async () => (await apps.readNamespacedDeployment(key)).status;
    await eventually('three ready pods', async () => (await status())?.availableReplicas === 3);

    Object.assign(body.spec.template.metadata.labels, neverReadyLabel);
    await apps.replaceNamespacedDeployment({ ...key, body });
    await eventually('a new pod that is not ready', async () => {
      const { observedGeneration, updatedReplicas, unavailableReplicas } = (await status()) ?? {};
      return observedGeneration === 2 && updatedReplicas === 1 && unavailableReplicas === 1;
    });
    assert.equal((await status())?.availableReplicas, 3);
  });

  it("serves Istio's own resources", async () => {
    const cluster = await sharedCluster();
    await using namespace = await createNamespace(cluster);
    const custom = cluster.adminConfig.makeApiClient(CustomObjectsApi);
    const plugin = {
      apiVersion: 'extensions.istio.io/v1alpha1',
      kind: 'WasmPlugin',
      metadata: { name: 'filter' },
      spec: { url: 'ftp://example.com/filter.wasm' },
    };
    const kind = { group: 'extensions.istio.io', version: 'v1alpha1', plural: 'wasmplugins' };
    await assert.rejects(
      custom.createNamespacedCustomObject({ ...kind, namespace: namespace.name, body: plugin }),
      /url/,
    );
    plugin.spec.url = 'https://example.com/filter.wasm';
    await custom.createNamespacedCustomObject({ ...kind, namespace: namespace.name, body: plugin });
  });

  it('gives tokens for service accounts and holds them to their rights', async () => {
    const cluster = await sharedCluster();
    await using namespace = await createNamespace(cluster);
    const flags = [`--namespace=${namespace.name}`];
    await eventually('the default service account', () =>
      kubectl(cluster.kubeconfig, [...flags, 'get', 'serviceaccount', 'default']),
    );
    const token = (await kubectl(cluster.kubeconfig, [...flags, 'create', 'token', 'default'])).trim();
    const response = kubectl(cluster.kubeconfig, [...flags, `--token=${token}`, 'get', 'secrets']);
    await assert.rejects(response, new RegExp(`system:serviceaccount:${namespace.name}:default`));
  });

  it('leaves no process and no file behind', async () => {
    const cluster = await startControlPlane();
    assert.match(await processesOf(cluster.stateDirectory), /kube-apiserver/);
    await cluster[Symbol.asyncDispose]();
    assert.equal(await processesOf(cluster.stateDirectory), '');
    assert.equal(existsSync(cluster.stateDirectory), false);
  });
});
