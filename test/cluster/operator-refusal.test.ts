import assert from 'node:assert/strict';
import { startControlPlane } from '../../hack/cluster/control-plane.ts';
import { installIstioCrds } from '../../hack/cluster/istio-crds.ts';
import { kubectl } from '../../hack/cluster/kubectl.ts';
import { installCrds } from '../support/cluster.ts';
import { eventually } from '../support/eventually.ts';
import { patience, startWorld } from '../support/operator.ts';

const direction = '/spec/versions/0/schema/openAPIV3Schema/properties/spec/properties/direction/enum';

describe('operator with a CRD that takes more than it can read', () => {
  it('reports it once, leaves what runs as it is, and continues when the spec is repaired', async () => {
    await using cluster = await startControlPlane({ nodes: 1 });
    await installIstioCrds(cluster.kubeconfig);
    await installCrds(cluster.kubeconfig);
    const loosen = JSON.stringify([{ op: 'remove', path: direction }]);
    await kubectl(cluster.kubeconfig, ['patch', 'crd', 'spagents.softprobe.ai', '--type=json', '-p', loosen]);
    await using world = await startWorld(cluster);
    await world.createDeployment('checkout');
    await world.createAgent('checkout');
    await world.condition('checkout', 'Ready', { status: 'True', reason: 'Healthy' });
    const { spec, metadata } = await world.get('Deployment', 'checkout');

    await eventually(
      'an API server that takes any direction',
      () => world.patch('SpAgent', 'checkout', { spec: { direction: 'Up' } }).then(Boolean, () => false),
      patience,
    );
    for (const [type, status] of [
      ['ResourcesApplied', 'False'],
      ['Degraded', 'True'],
      ['Ready', 'False'],
    ] as const) {
      const { message } = await world.condition('checkout', type, { status, reason: 'SpecInvalid' });
      assert.match(message, /^SpAgent test-\w+\/checkout: spec\.direction: /);
    }
    // Another generation of the same fault.
    await world.patch('SpAgent', 'checkout', { spec: { revisionHistoryLimit: 4 } });
    await eventually(
      'the status of generation 3',
      async () => (await world.status('checkout')).observedGeneration === 3,
      patience,
    );
    assert.equal((await world.get('Deployment', 'checkout')).metadata.generation, metadata.generation);
    assert.equal((await world.list('EnvoyFilter')).length, 1);
    const status = await world.status('checkout');
    assert.equal(status.stableRevision, spec.template.metadata.labels['revision.softprobe.ai/checkout']);
    const warnings = (await world.list('Event')).filter((event) => event['type'] === 'Warning');
    assert.deepEqual(
      warnings.map((event) => [event['reason'], event['series']]),
      [['SpecInvalid', undefined]],
    );

    await world.patch('SpAgent', 'checkout', { spec: { direction: 'Inbound' } });
    await world.condition('checkout', 'Ready', { status: 'True', reason: 'Healthy' });
  });
});
