import assert from 'node:assert/strict';
import { hash } from 'node:crypto';
import { sharedCluster } from '../support/cluster.ts';
import { eventually } from '../support/eventually.ts';
import { moduleOf, patience, startWorld, type LooseObject, type World } from '../support/operator.ts';

const label = 'revision.softprobe.ai/checkout';
const ready = { status: 'True', reason: 'Healthy' } as const;
const templateRevision = (deployment: LooseObject) =>
  deployment.spec.template.metadata.labels[label] as string;

async function metric(world: World, name: string): Promise<number> {
  const text = await (await fetch(`${world.operator.urls.metrics}/metrics`)).text();
  const values = [...text.matchAll(new RegExp(`^${name}(?:\\{[^}]*\\})? ([0-9.e+]+)$`, 'gm'))];
  return values.reduce((sum, [, value]) => sum + Number(value), 0);
}

describe('operator: rollout', () => {
  it('takes four lines to a rolled Deployment with the bundled filter', async () => {
    await using world = await startWorld(await sharedCluster());
    await world.createDeployment('checkout');
    await world.createAgent('checkout', { filter: undefined });
    await eventually(
      'Ready',
      async () => {
        const { conditions = [] } = await world.status('checkout');
        const failed = conditions.find(({ type }) => type === 'Degraded');
        return (
          conditions.some(({ type, status }) => type === 'Ready' && status === 'True') ||
          (failed?.status === 'True' && assert.fail(failed.message))
        );
      },
      150_000,
    );
    const status = await world.status('checkout');
    assert.equal(status.filter?.source, 'bundled source');
    assert.equal(status.pods, '2/2');
    assert.equal(templateRevision(await world.get('Deployment', 'checkout')), status.targetRevision);
  });

  it('makes a revision, serves its module, rolls the workload, and reports', async () => {
    await using world = await startWorld(await sharedCluster());
    await world.createDeployment('checkout');
    await world.createAgent('checkout');
    await world.condition('checkout', 'Ready', ready);

    const status = await world.status('checkout');
    const digest = hash('sha256', moduleOf('/ok-1'));
    const revision = status.targetRevision ?? '';
    assert.match(revision, /^[0-9a-f]{12}$/);
    assert.equal(status.filter?.digest, digest);
    assert.equal(status.stableRevision, revision);
    assert.equal(status.revisionNumber, 1);
    assert.equal(status.pods, '2/2');
    assert.deepEqual(status.workloads, [
      { kind: 'Deployment', name: 'checkout', desired: 2, updated: 2, ready: 2, verified: 2 },
    ]);
    assert.deepEqual(
      status.history?.map(({ outcome }) => outcome),
      ['Stable'],
    );
    const served = await fetch(`${world.operator.urls.modules}/filters/${digest}.wasm`);
    assert.deepEqual(new Uint8Array(await served.arrayBuffer()), moduleOf('/ok-1'));
    const [plugin] = await world.list('EnvoyFilter');
    assert.equal(plugin?.metadata.name, `checkout-${revision}`);
    assert.equal((await world.get('SpAgentRevision', `checkout-${revision}`)).spec.number, 1);
    const deployment = await world.get('Deployment', 'checkout');
    assert.equal(templateRevision(deployment), revision);
    const owner = deployment.metadata.managedFields?.find(({ manager }) => manager === 'sp-agent');
    assert.equal(owner?.operation, 'Apply');
    const events = await world.list('Event');
    const posted = events
      .filter((event) => event['regarding']?.kind === 'SpAgent')
      .map((event) => event['reason']);
    assert.deepEqual(posted.sort(), ['CacheMode', 'Progressing', 'RolloutComplete']);
  });

  it('rolls a change out as a new revision and keeps the previous one', async () => {
    await using world = await startWorld(await sharedCluster());
    await world.createDeployment('checkout');
    await world.createAgent('checkout');
    await world.condition('checkout', 'Ready', ready);
    const before = (await world.status('checkout')).targetRevision;
    await world.patch('SpAgent', 'checkout', { spec: { filter: world.moduleAt('/ok-2') } });
    await world.condition('checkout', 'Ready', ready);
    const { targetRevision, history, revisionNumber } = await world.status('checkout');
    assert.notEqual(targetRevision, before);
    assert.equal(revisionNumber, 2);
    assert.deepEqual(
      history?.map(({ outcome }) => outcome),
      ['Stable', 'Superseded'],
    );
    assert.equal(templateRevision(await world.get('Deployment', 'checkout')), targetRevision);
    assert.equal((await world.list('EnvoyFilter')).length, 2);
  });

  it('prunes revisions that nothing names any more', async () => {
    await using world = await startWorld(await sharedCluster());
    await world.createDeployment('checkout');
    await world.patch('Deployment', 'checkout', { spec: { revisionHistoryLimit: 0 } });
    await world.createAgent('checkout', { revisionHistoryLimit: 0 });
    await world.condition('checkout', 'Ready', ready);
    await world.patch('SpAgent', 'checkout', { spec: { filter: world.moduleAt('/ok-2') } });
    await world.condition('checkout', 'Ready', ready);
    const { targetRevision } = await world.status('checkout');
    await eventually(
      'one revision and its plug-in',
      async () => {
        const plugins = await world.list('EnvoyFilter');
        const revisions = await world.list('SpAgentRevision');
        const names = [...plugins, ...revisions].map(({ metadata }) => metadata.name);
        return names.length === 2 && names.every((name) => name === `checkout-${targetRevision}`);
      },
      patience,
    );
  });

  it('takes the filter from what the selector leaves out, and keeps the previous revision as history only', async () => {
    await using world = await startWorld(await sharedCluster());
    for (const name of ['checkout', 'cart']) {
      await world.createDeployment(name);
      const template = { metadata: { labels: { tier: 'web' } } };
      await world.patch('Deployment', name, { spec: { template } });
    }
    await world.createAgent('checkout', { selector: { matchLabels: { tier: 'web' } } });
    await world.condition('checkout', 'Ready', ready);
    const { targetRevision: former } = await world.status('checkout');
    await world.patch('SpAgent', 'checkout', { spec: { selector: { matchLabels: { app: 'checkout' } } } });
    await world.condition('checkout', 'Ready', ready);
    const { targetRevision, history } = await world.status('checkout');
    const selectors = async () =>
      Object.fromEntries(
        (await world.list('EnvoyFilter')).map(({ metadata, spec }) => [
          metadata.name,
          spec.workloadSelector.labels as unknown,
        ]),
      );
    const selected = { tier: 'web', app: 'checkout' };
    // `kubectl rollout undo` of what is selected may bring the previous one back.
    await eventually('the previous one only for what is selected', async () => {
      assert.deepEqual(await selectors(), {
        [`checkout-${former}`]: { ...selected, [label]: former },
        [`checkout-${targetRevision}`]: { ...selected, [label]: targetRevision },
      });
      return true;
    });
    assert.equal(templateRevision(await world.get('Deployment', 'cart')), former);

    await world.patch('Deployment', 'checkout', { spec: { revisionHistoryLimit: 0 } });
    await eventually(
      'the present plug-in alone',
      async () => Object.keys(await selectors()).join() === `checkout-${targetRevision}`,
      patience,
    );
    assert.deepEqual(
      history?.map(({ revision, outcome }) => [revision, outcome]),
      [
        [targetRevision, 'Stable'],
        [former, 'Superseded'],
      ],
    );
    await world.get('SpAgentRevision', `checkout-${former}`);
    await world.condition('checkout', 'Ready', ready);
  });

  it('writes nothing while nothing changes', async () => {
    await using world = await startWorld(await sharedCluster());
    await world.createDeployment('checkout');
    await world.createAgent('checkout');
    await world.condition('checkout', 'Ready', ready);
    const kinds = [
      'SpAgent',
      'EnvoyFilter',
      'ServiceEntry',
      'DestinationRule',
      'SpAgentRevision',
      'ConfigMap',
      'Event',
      'Deployment',
    ] as const;
    const versions = async () => {
      const objects = (await Promise.all(kinds.map((kind) => world.list(kind)))).flat();
      return objects.map(({ metadata }) => `${metadata.name}@${metadata.resourceVersion}`).sort();
    };
    const runs = () => metric(world, 'controller_runtime_reconcile_total');
    const touch = async () => {
      const count = await runs();
      await world.patch('Deployment', 'checkout', { metadata: { labels: { touched: String(count) } } });
      await world.patch('SpAgent', 'checkout', { metadata: { annotations: { touched: String(count) } } });
      await world.patch('SpAgent', 'checkout', { metadata: { labels: { app: String(count) } } });
    };
    // The last run of the rollout may still be in progress.
    await eventually('an empty queue', async () => (await metric(world, 'workqueue_depth')) === 0);
    const count = await runs();
    const pod = (await world.list('Pod'))[0]!.metadata.name;
    await touch();
    const before = await versions();
    await world.patch('Pod', pod, { metadata: { labels: { touched: 'yes' } } });
    await eventually('another run', async () => (await runs()) > count, patience);
    assert.deepEqual(await versions(), before);
    assert.equal(await metric(world, 'controller_runtime_reconcile_errors_total'), 0);
  });

  it('reports a selector that matches nothing, and continues when a workload is created', async () => {
    await using world = await startWorld(await sharedCluster());
    await world.createAgent('checkout');
    await world.condition('checkout', 'Ready', { status: 'False', reason: 'NoPodsSelected' });
    await world.createDeployment('checkout');
    await world.condition('checkout', 'Ready', ready);
  });
});
