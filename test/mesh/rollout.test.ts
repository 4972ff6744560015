import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { kubectl } from '../../hack/cluster/kubectl.ts';
import { refetchedAtLabel } from '../../operator/api/names.ts';
import { eventually } from '../support/eventually.ts';
import { operatorInstalled, operatorNamespace } from './support/operator.ts';
import { assertReplayed } from './support/replay.ts';
import { describeOnMesh, sharedMesh } from './support/shared-mesh.ts';
import { proxyStatistics } from './support/statistics.ts';
import {
  applyAgent,
  assertTrafficUnharmed,
  awaitReady,
  awaitStatus,
  checkout,
  conditionOf,
  deleteAgent,
  podRevisions,
  podsCreatedAt,
  shop,
  shopOpen,
} from './support/shop.ts';
import { applyObjects, podOf, podsOf, type PodKey } from './support/workload.ts';

async function scale(namespace: string, name: string, replicas: number): Promise<void> {
  const { mesh } = await sharedMesh();
  await kubectl(mesh.kubeconfig, ['scale', `deployment/${name}`, '-n', namespace, `--replicas=${replicas}`]);
  const status = ['rollout', 'status', `deployment/${name}`, '-n', namespace, '--timeout=90s'];
  await kubectl(mesh.kubeconfig, status);
}

/** How long a new pod of checkout is to be ready before the Deployment starts the next one. Seconds. */
async function setMinReadySeconds(seconds: number): Promise<void> {
  const { mesh } = await sharedMesh();
  const patch = JSON.stringify({ spec: { minReadySeconds: seconds } });
  await kubectl(mesh.kubeconfig, ['patch', `deployment/${checkout.name}`, '-n', shop, `--patch=${patch}`]);
}

/** How often Istio's agent of a pod has handed a module to its proxy, or has not, with that result. */
async function conversions(pod: PodKey, result: 'success' | 'fetch_failure'): Promise<number> {
  const sample = new RegExp(`wasm_config_conversion_count\\{result="${result}"\\} (\\d+)`);
  return Number(sample.exec(await proxyStatistics(pod))?.[1] ?? 0);
}

describeOnMesh('a rollout in the mesh', () => {
  before(async () => {
    await Promise.all([operatorInstalled(), shopOpen()]);
  });
  beforeEach(async () => {
    await applyAgent();
    await awaitReady();
  });
  afterEach(assertTrafficUnharmed);
  after(async () => {
    await scale(operatorNamespace, 'sp-agent', 2);
    await scale(shop, checkout.name, 2);
    await deleteAgent();
  });

  it('brings a changed configuration to pods started with it, and keeps the module', async () => {
    const before = await awaitReady();
    await applyAgent({ lookup: { when: 'Always', onError: 'Fail' } });
    const after = await awaitReady();
    assert.notEqual(after.targetRevision, before.targetRevision);
    assert.equal(after.filter?.digest, before.filter?.digest);
    assert.deepEqual(await podRevisions(), new Set([after.targetRevision]));
  });

  it('finds a module that traps on the first pod, long before the deadline, and goes back', async () => {
    const { mesh, client } = await sharedMesh();
    await using cleanup = new AsyncDisposableStack();
    cleanup.defer(() => setMinReadySeconds(0));
    await setMinReadySeconds(120);
    const before = await awaitReady();
    const source = await readFile(join(import.meta.dirname, 'workload', 'traps-in-a-sidecar.as'), 'utf8');
    await applyObjects(mesh.kubeconfig, [
      {
        apiVersion: 'v1',
        kind: 'ConfigMap',
        metadata: { namespace: shop, name: 'trap' },
        data: { 'index.ts': source },
      },
    ]);
    await applyAgent({
      filter: { build: { configMap: { name: 'trap' } } },
      rollout: { progressDeadline: '1h' },
    });
    await awaitStatus('a rollout that goes back', ({ rollout }) =>
      ['RollingBack', 'RolledBack'].includes(rollout?.state ?? ''),
    );
    await setMinReadySeconds(0);
    const failed = await awaitStatus('a failed revision, rolled back', (status) => {
      const degraded = conditionOf(status, 'Degraded');
      return degraded?.status === 'True' && degraded.reason === 'RolledBack' && status.pods === '2/2';
    });
    assert.match(
      conditionOf(failed, 'Degraded')?.message ?? '',
      /pod checkout-\S+: its proxy has not configured/,
    );
    const outcomes = failed.history?.filter(({ outcome }) => outcome === 'Failed');
    assert.deepEqual(
      outcomes?.map(({ revision }) => revision),
      [failed.targetRevision],
    );
    assert.equal(failed.stableRevision, before.stableRevision);
    assert.deepEqual(await podRevisions(), new Set([before.stableRevision]));
    assert.equal((await podsCreatedAt(client, failed.targetRevision)).length, 1);
    await applyAgent();
    await awaitReady();
    await assertReplayed('inbound', 'POST');
  });

  it('is finished by the next operator when all replicas are killed in its middle', async () => {
    const { mesh, client } = await sharedMesh();
    const before = await awaitReady();
    await applyAgent({
      backend: { url: `http://recorder.${shop}.svc.cluster.local:8787`, timeout: '900ms' },
    });
    await eventually('a pod of the new revision', async () => {
      const revisions = await podRevisions();
      return [...revisions].some((revision) => revision !== before.targetRevision);
    });
    const kill = ['delete', 'pods', '--all', '-n', operatorNamespace, '--force', '--grace-period=0'];
    await kubectl(mesh.kubeconfig, kill);
    const after = await awaitReady();
    assert.notEqual(after.targetRevision, before.targetRevision);
    assert.deepEqual(await podRevisions(), new Set([after.targetRevision]));
    assert.equal((await podsOf(client, checkout)).length, 2);
  });

  it('relies on istiod to push the filters to a proxy again when a label of its pod changes', async () => {
    const { mesh, client } = await sharedMesh();
    const pod = await podOf(client, checkout);
    const before = await conversions(pod, 'success');
    await kubectl(mesh.kubeconfig, ['label', `pod/${pod.name}`, '-n', shop, 'touched=yes']);
    await eventually('another push', async () => (await conversions(pod, 'success')) > before);
  });

  it('leaves pods that start without the operator unharmed, and brings them the filter when it is back', async () => {
    const { stableRevision } = await awaitReady();
    const { mesh, client } = await sharedMesh();
    const uids = async () => new Set((await podsOf(client, checkout)).map(({ metadata }) => metadata.uid));
    await scale(operatorNamespace, 'sp-agent', 0);
    // One that is on its way out still serves.
    const gone = ['wait', 'pods', '--all', '-n', operatorNamespace, '--for=delete', '--timeout=60s'];
    await kubectl(mesh.kubeconfig, gone);
    await scale(shop, checkout.name, 3);
    // Two when it starts, one for each direction; then more, as istiod pushes to a pod that has become ready.
    const hasGivenUp = async () => {
      const counts = (await podsOf(client, checkout)).map(async ({ metadata }) =>
        conversions({ namespace: shop, name: metadata.name }, 'fetch_failure'),
      );
      return (await Promise.all(counts)).some((count) => count > 2);
    };
    await eventually('a proxy that has given up', hasGivenUp, 60_000);
    await assertTrafficUnharmed();
    const started = await uids();
    await scale(operatorNamespace, 'sp-agent', 2);
    await awaitReady(3);
    assert.deepEqual(await podRevisions(), new Set([stableRevision]));
    assert.deepEqual(await uids(), started);
    const labels = (await podsOf(client, checkout)).map(({ metadata }) => metadata.labels);
    assert.ok(labels.some((one) => refetchedAtLabel in one));
  });
});
