import assert from 'node:assert/strict';
import { helm } from '../../hack/cluster/helm.ts';
import { kubectl } from '../../hack/cluster/kubectl.ts';
import { eventually } from '../support/eventually.ts';
import { operatorInstalled, operatorNamespace, release, uninstallOperator } from './support/operator.ts';
import { assertReplayed } from './support/replay.ts';
import { describeOnMesh, sharedMesh } from './support/shared-mesh.ts';
import {
  applyAgent,
  assertTrafficUnharmed,
  awaitReady,
  checkout,
  deleteAgent,
  shop,
  shopOpen,
} from './support/shop.ts';
import { podsOf } from './support/workload.ts';

async function leader(): Promise<string> {
  const { mesh } = await sharedMesh();
  const lease = ['get', 'lease', 'sp-agent', '-n', operatorNamespace];
  return kubectl(mesh.kubeconfig, [...lease, '-o', 'jsonpath={.spec.holderIdentity}']);
}

/** A change that only a leading operator makes true. */
async function assertReconciles(timeout: string): Promise<void> {
  await applyAgent({ backend: { url: `http://recorder.${shop}.svc.cluster.local:8787`, timeout } });
  await awaitReady();
}

describeOnMesh('the chart on a mesh', () => {
  before(async () => {
    await Promise.all([operatorInstalled(), shopOpen()]);
  });
  afterEach(assertTrafficUnharmed);
  after(async () => {
    await operatorInstalled();
    await deleteAgent();
  });

  it('shows an agent as users see it', async () => {
    const { mesh } = await sharedMesh();
    await applyAgent();
    await awaitReady();
    const [header, row] = (await kubectl(mesh.kubeconfig, ['get', 'spagents', '-A'])).split('\n');
    assert.match(header ?? '', /^NAMESPACE +NAME +READY +STATUS +PODS +FILTER +REVISION +AGE/);
    assert.match(row ?? '', /^shop +checkout +True +\w+ +2\/2 +[0-9a-f]{12} +1 /);
  });

  it('has a second replica that takes over when the leader is killed', async () => {
    const { mesh } = await sharedMesh();
    const former = await leader();
    const [pod] = /^sp-agent-\w+-\w{5}/.exec(former) ?? [];
    assert.ok(pod, `the lease is held by "${former}"`);
    const kill = ['delete', 'pod', pod, '-n', operatorNamespace, '--force', '--grace-period=0'];
    await kubectl(mesh.kubeconfig, kill);
    await eventually('another leader', async () => ![former, ''].includes(await leader()), 60_000);
    await assertReconciles('800ms');
  });

  it('upgrades and rolls back without a pod of the mesh restarting', async () => {
    const { mesh, client } = await sharedMesh();
    const names = async () => (await podsOf(client, checkout)).map(({ metadata }) => metadata.name).sort();
    const before = await names();
    await release('upgrade', ['operator.logLevel=debug']);
    await helm(mesh.kubeconfig, [
      'rollback',
      'sp-agent',
      '1',
      '-n',
      operatorNamespace,
      '--wait',
      '--timeout=60s',
    ]);
    await awaitReady();
    assert.deepEqual(await names(), before);
  });

  it('leaves agents and the filter running when it is uninstalled, and takes them up again', async () => {
    const { mesh } = await sharedMesh();
    await uninstallOperator();
    assert.match(await kubectl(mesh.kubeconfig, ['get', 'spagents', '-n', shop, '-o', 'name']), /checkout/);
    await assertReplayed('inbound', 'POST');
    await operatorInstalled();
    await assertReconciles('700ms');
  });
});
