import assert from 'node:assert/strict';
import { objectPath } from '../../operator/cluster/kinds.ts';
import { sharedCluster } from '../support/cluster.ts';
import { eventually } from '../support/eventually.ts';
import { backendKey, injected, patience, startWorld, type World } from '../support/operator.ts';

const label = 'revision.softprobe.ai/checkout';
const ready = { status: 'True', reason: 'Healthy' } as const;

/** A world with one agent that is Ready. @returns its revision too. */
async function readyWorld(spec: object = {}) {
  await using started = new AsyncDisposableStack();
  const world = started.use(await startWorld(await sharedCluster()));
  await world.createDeployment('checkout');
  await world.createAgent('checkout', spec);
  await world.condition('checkout', 'Ready', ready);
  const { targetRevision = '' } = await world.status('checkout');
  const rest = started.move();
  return { ...world, revision: targetRevision, [Symbol.asyncDispose]: () => rest.disposeAsync() };
}

async function templateRevision(world: World): Promise<unknown> {
  return (await world.get('Deployment', 'checkout')).spec.template.metadata.labels[label];
}

describe('operator: failure', () => {
  it('waits for the Secret with the public key, and never shows the key', async () => {
    await using world = await startWorld(await sharedCluster());
    await world.createDeployment('checkout', 2, injected);
    await world.createAgent('checkout', { backend: { publicKeySecret: { name: 'backend' } } });
    const missing = { status: 'False', reason: 'SecretMissing' } as const;
    const { message } = await world.condition('checkout', 'ResourcesApplied', missing);
    assert.match(message, /Secret .*\/backend: it does not exist; create it/);
    assert.equal(await templateRevision(world), undefined);
    const key = 'sp-key-4711';
    await world.create('Secret', 'backend', { ...backendKey, stringData: { publicKey: key } });
    // Secrets are not watched: a change of the agent brings the next look.
    await world.patch('SpAgent', 'checkout', { spec: { revisionHistoryLimit: 4 } });
    await world.condition('checkout', 'Ready', ready);
    const { containers } = (await world.get('Deployment', 'checkout')).spec.template.spec;
    const proxy = (containers as { name: string; env?: unknown }[]).find(
      ({ name }) => name === 'istio-proxy',
    );
    assert.deepEqual(proxy?.env, [
      {
        name: 'SP_PUBLIC_KEY',
        valueFrom: { secretKeyRef: { name: 'backend', key: 'publicKey', optional: true } },
      },
      {
        name: 'SP_REDACTION_KEY',
        valueFrom: { secretKeyRef: { name: 'checkout-redaction-key', key: 'key', optional: true } },
      },
    ]);
    const kinds = ['SpAgent', 'EnvoyFilter', 'SpAgentRevision', 'Event', 'ConfigMap', 'Deployment'] as const;
    const all = JSON.stringify(await Promise.all(kinds.map((kind) => world.list(kind))));
    assert.ok(!all.includes(key) && !all.includes(Buffer.from(key).toString('base64')));
  });

  it('goes back to the stable revision when the deadline passes, and does not try again', async () => {
    await using world = await readyWorld({ rollout: { progressDeadline: '2s' } });
    await world.patch('Deployment', 'checkout', { spec: { paused: true } });
    await world.patch('SpAgent', 'checkout', { spec: { filter: world.moduleAt('/ok-2') } });
    await world.condition('checkout', 'Degraded', { status: 'True', reason: 'WorkloadPaused' });
    // The workload is healthy, and cannot start a pod of another template.
    const quotas = `/api/v1/namespaces/${world.namespace}/resourcequotas`;
    const quota = { metadata: { name: 'no-more-pods' }, spec: { hard: { pods: '0' } } };
    await world.client.request({ method: 'POST', path: quotas, body: quota });
    await world.patch('Deployment', 'checkout', { spec: { paused: false } });
    await eventually(
      'a failed revision',
      async () => (await world.status('checkout')).history?.some(({ outcome }) => outcome === 'Failed'),
      patience,
    );
    await eventually('the stable revision', async () => (await templateRevision(world)) === world.revision);
    const degraded = await world.condition('checkout', 'Degraded', { status: 'True' });
    assert.match(degraded.reason, /RolledBack|DeadlineExceeded/);
    await world.client.request({ method: 'DELETE', path: `${quotas}/no-more-pods` });
    await world.condition('checkout', 'Ready', { status: 'False', reason: 'RolledBack' });
    assert.equal(await templateRevision(world), world.revision);
    await world.patch('SpAgent', 'checkout', { spec: { filter: world.moduleAt('/ok-3') } });
    await world.condition('checkout', 'Ready', ready);
  });

  it('refuses the later of two agents on the same pods until the earlier is gone', async () => {
    await using world = await readyWorld();
    // Of two that were made in one second the first by name has the pods: this is the later one either way.
    await world.createAgent('later', { filter: world.moduleAt('/ok-2') });
    const conflict = { status: 'True', reason: 'AgentConflict' } as const;
    const { message } = await world.condition('later', 'Degraded', conflict);
    assert.match(message, /\/later: SpAgent .*\/checkout .*Deployment checkout/);
    await world.condition('checkout', 'Ready', ready);
    assert.equal(await templateRevision(world), world.revision);
    await world.remove('SpAgent', 'checkout');
    await world.condition('later', 'Ready', ready);
  });

  it('holds and says who, when another manager takes the label over', async () => {
    await using world = await readyWorld();
    await world.client.request({
      method: 'PATCH',
      path: objectPath({ kind: 'Deployment', namespace: world.namespace, name: 'checkout' }),
      query: { fieldManager: 'argocd' },
      body: { spec: { template: { metadata: { labels: { [label]: 'somebody' } } } } },
      contentType: 'application/merge-patch+json',
    });
    const held = { status: 'False', reason: 'LabelTakenOver' } as const;
    const { message } = await world.condition('checkout', 'Ready', held);
    assert.match(message, /argocd/);
    assert.equal(await templateRevision(world), 'somebody');
  });
});
