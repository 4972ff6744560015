import { startControlPlane } from '../../hack/cluster/control-plane.ts';
import { installIstioCrds } from '../../hack/cluster/istio-crds.ts';
import { installCrds } from '../support/cluster.ts';
import { startWorld } from '../support/operator.ts';

describe('operator without Istio', () => {
  it('names what is missing, and continues when the CRDs are installed', async () => {
    await using cluster = await startControlPlane({ nodes: 1 });
    await installCrds(cluster.kubeconfig);
    await using world = await startWorld(cluster);
    await world.createDeployment('checkout');
    await world.createAgent('checkout');
    await world.condition('checkout', 'ResourcesApplied', { status: 'False', reason: 'IstioMissing' });
    await world.condition('checkout', 'Ready', { status: 'False', reason: 'IstioMissing' });
    await installIstioCrds(cluster.kubeconfig);
    await world.condition('checkout', 'Ready', { status: 'True', reason: 'Healthy' });
  });
});
