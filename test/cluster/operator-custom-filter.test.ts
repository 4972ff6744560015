import assert from 'node:assert/strict';
import { load } from 'js-yaml';
import { kubectl } from '../../hack/cluster/kubectl.ts';
import { unrestrictedPolicy } from '../../operator/api/policy.ts';
import { provenanceOf, userJob } from '../../operator/artifact/compiler/job.ts';
import { spagent } from '../support/cli.ts';
import { sharedCluster } from '../support/cluster.ts';
import { startWorld, type World } from '../support/operator.ts';

/** The plug-in resource of the agent's target revision. */
async function pluginOf(world: World, kind: 'TrafficExtension' | 'EnvoyFilter') {
  const { targetRevision } = await world.status('checkout');
  return (await world.get(kind, `checkout-${targetRevision}`)).spec as unknown;
}

describe('operator: a custom filter', () => {
  it('gets its own configuration, and neither backend nor key', async () => {
    await using world = await startWorld(await sharedCluster(), { policy: unrestrictedPolicy });
    await world.createDeployment('checkout');
    const config = { name: 'x-team', limits: [1, 2.5, null], on: true };
    const filter = { ...world.moduleAt('/custom'), config, rootId: 'add_header' };
    await world.createAgent('checkout', { filter });
    await world.condition('checkout', 'Ready', { status: 'True' });
    const { wasm } = (await pluginOf(world, 'TrafficExtension')) as { wasm: Record<string, unknown> };
    assert.deepEqual([wasm['pluginConfig'], wasm['pluginName']], [config, 'add_header']);
    for (const kind of ['ServiceEntry', 'DestinationRule', 'Secret'] as const)
      assert.deepEqual(await world.list(kind), [], kind);
    await world.condition('checkout', 'BackendReachable', {
      status: 'Unknown',
      message: 'a custom filter runs, which has no backend of the operator',
    });

    // Text is carried by the one kind that can.
    await world.patch('SpAgent', 'checkout', { spec: { filter: { config: 'a: 1\n' } } });
    await world.condition('checkout', 'Ready', { status: 'True' });
    assert.match(JSON.stringify(await pluginOf(world, 'EnvoyFilter')), /"value":"a: 1\\n"/);
  });

  it('shows what its module was compiled from, by spagent and by kubectl', async () => {
    const cluster = await sharedCluster();
    await using world = await startWorld(cluster, { policy: unrestrictedPolicy });
    await world.createDeployment('checkout');
    const files = {
      'index.ts': `export function proxy_abi_version_0_2_1(): void {}
        export function malloc(size: usize): usize { return heap.alloc(size); }`,
    };
    await world.create('ConfigMap', 'my-source', { data: files });
    const build = { configMap: { name: 'my-source' }, optimize: 1 };
    await world.createAgent('checkout', { filter: { build } });
    await world.condition('checkout', 'FilterReady', { status: 'True' });

    const expected = await provenanceOf(await userJob(files, { optimize: 1, debug: false }));
    const place = ['checkout', '-n', world.namespace, '-o', 'yaml'];
    const outputs = [
      (await spagent('status', ...place, '--kubeconfig', cluster.kubeconfig)).out,
      await kubectl(cluster.kubeconfig, ['get', 'spagent', ...place]),
    ];
    for (const output of outputs) {
      const { status } = load(output) as { status: { filter: { build: object } } };
      assert.deepEqual(status.filter.build, expected);
    }

    // A fetched module has no source that the operator knows.
    await world.patch('SpAgent', 'checkout', {
      spec: { filter: { build: null, ...world.moduleAt('/custom') } },
    });
    await world.condition('checkout', 'FilterReady', { status: 'True' });
    assert.equal((await world.status('checkout')).filter?.build, undefined);
  });
});
