import assert from 'node:assert/strict';
import { usageOf } from '../../hack/bench/operator/usage.ts';
import { startOperator, type Operator } from '../../operator/controller/operator.ts';
import { sharedCluster } from '../support/cluster.ts';
import { eventually } from '../support/eventually.ts';
import { operatorOptions, patience, startWorld } from '../support/operator.ts';

/** Eight objects, at most three marks of the revision and three events; the others are statuses, of which a slow machine shows more. */
const writesMax = 19;

const ready = { status: 'True', reason: 'Healthy' } as const;

const used = ({ urls }: Operator) => usageOf({ metricsUrl: `${urls.metrics}/metrics` });

describe('operator: writes', () => {
  it('writes each object that an agent needs once until it is Ready, and its status a few times', async () => {
    await using world = await startWorld(await sharedCluster());
    await world.createDeployment('checkout');
    await world.createAgent('first');
    await world.condition('first', 'Ready', ready);
    const before = await used(world.operator);
    await world.createDeployment('cart');
    await world.createAgent('second', { selector: { matchLabels: { app: 'cart' } } });
    await world.condition('second', 'Ready', ready);
    const { writes } = await used(world.operator);
    assert.ok(writes - before.writes <= writesMax, `${writes - before.writes} writes`);
  });

  it('writes nothing when another operator starts and all is as it should be', async () => {
    const cluster = await sharedCluster();
    await using world = await startWorld(cluster);
    await world.createDeployment('checkout');
    await world.createAgent('checkout');
    await world.condition('checkout', 'Ready', ready);
    await using other = await startOperator(operatorOptions(cluster, world.namespace));
    const looked = await eventually(
      'a reconciliation',
      async () => {
        const usage = await used(other);
        assert.ok(usage.reconciles > 0 && usage.waiting === 0);
        return usage;
      },
      patience,
    );
    assert.equal(looked.writes, 0);
  });
});
