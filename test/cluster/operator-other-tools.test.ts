import assert from 'node:assert/strict';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { helm } from '../../hack/cluster/helm.ts';
import { kubectl } from '../../hack/cluster/kubectl.ts';
import type { ControlPlane } from '../../hack/cluster/control-plane.ts';
import { podRevisionLabel, publicKeyEnvName } from '../../operator/api/names.ts';
import { sharedCluster } from '../support/cluster.ts';
import { backendKey, injected, startWorld, type World } from '../support/operator.ts';

const ready = { status: 'True', reason: 'Healthy' } as const;
const label = podRevisionLabel('checkout');

const deployment = {
  apiVersion: 'apps/v1',
  kind: 'Deployment',
  metadata: { name: 'checkout' },
  spec: {
    replicas: 2,
    selector: { matchLabels: { app: 'checkout' } },
    template: {
      metadata: { labels: { app: 'checkout' }, annotations: injected },
      spec: { containers: [{ name: 'app', image: '{{ .Values.image }}' }] },
    },
  },
};

interface EnvironmentVariable {
  readonly name: string;
  readonly valueFrom: { readonly secretKeyRef: { readonly name: string } };
}

/** The command in a message, without the program. */
function commandIn(message: string): string[] {
  const [, object = '', namespace = '', patch = ''] =
    /run kubectl patch (\S+) -n (\S+) -p '([^']+)'/.exec(message) ?? [];
  assert.notEqual(patch, '', message);
  return ['patch', object, '-n', namespace, '-p', patch];
}

describe('A workload that other tools write to', () => {
  let cluster: ControlPlane;
  let world: World;
  let chart: string;
  const stack = new AsyncDisposableStack();

  before(async () => {
    cluster = await sharedCluster();
    world = stack.use(await startWorld(cluster));
    const directory = await mkdtemp(join(tmpdir(), 'sp-agent-tools-'));
    stack.defer(() => rm(directory, { recursive: true }));
    chart = join(directory, 'shop');
    await mkdir(join(chart, 'templates'), { recursive: true });
    await writeFile(join(chart, 'Chart.yaml'), 'apiVersion: v2\nname: shop\nversion: 1.0.0\n');
    await writeFile(join(chart, 'templates', 'deployment.yaml'), JSON.stringify(deployment));
    await release('install', 'app:1');
    await world.createAgent('checkout');
    await world.condition('checkout', 'Ready', ready);
  });
  after(() => stack.disposeAsync());

  function release(verb: 'install' | 'upgrade', image: string, ...options: string[]): Promise<string> {
    const where = ['shop', chart, '--namespace', world.namespace];
    return helm(cluster.kubeconfig, [verb, ...where, '--set', `image=${image}`, ...options]);
  }

  async function template() {
    const { spec } = await world.get('Deployment', 'checkout');
    const { metadata, spec: pods } = spec.template as {
      metadata: { labels: Record<string, string> };
      spec: { containers: { image: string; env?: EnvironmentVariable[] }[] };
    };
    const env = pods.containers.flatMap((container) => container.env ?? []);
    return {
      revision: metadata.labels[label],
      image: pods.containers[0]?.image,
      keys: env
        .filter(({ name }) => name === publicKeyEnvName)
        .map(({ valueFrom }) => valueFrom.secretKeyRef.name),
    };
  }

  it('keeps its revision through an upgrade of helm', async () => {
    const before = await template();
    await release('upgrade', 'app:2');
    assert.deepEqual(await template(), { ...before, image: 'app:2' });
    await world.condition('checkout', 'Ready', ready);
  });

  it('is not fought over when its owner undoes a rollout, and heals when they undo that', async () => {
    const { targetRevision: before } = await world.status('checkout');
    await world.patch('SpAgent', 'checkout', { spec: { direction: 'Inbound' } });
    await world.condition('checkout', 'Ready', ready);
    const { targetRevision: after } = await world.status('checkout');
    assert.notEqual(after, before);
    const undo = ['rollout', 'undo', 'deployment/checkout', '-n', world.namespace];
    await kubectl(cluster.kubeconfig, undo);
    const { message } = await world.condition('checkout', 'Ready', {
      status: 'False',
      reason: 'LabelTakenOver',
    });
    assert.deepEqual(commandIn(message).slice(0, 2), ['patch', 'deployment/checkout']);
    assert.equal((await template()).revision, before);
    await kubectl(cluster.kubeconfig, undo);
    await world.condition('checkout', 'Ready', ready);
    assert.equal((await template()).revision, after);
  });

  it('gets the next revision, with other keys for its proxies, after its owner undid a rollout and undid that', async () => {
    const undo = ['rollout', 'undo', 'deployment/checkout', '-n', world.namespace];
    const next = async (secret: string | null) => {
      const publicKeySecret = secret === null ? null : { name: secret };
      await world.patch('SpAgent', 'checkout', { spec: { backend: { publicKeySecret } } });
      await world.condition('checkout', 'Ready', ready);
      const { targetRevision } = await world.status('checkout');
      assert.equal((await template()).revision, targetRevision);
      return (await template()).keys;
    };
    for (const name of ['key-a', 'key-b', 'key-c'])
      await world.create('Secret', name, { ...backendKey, stringData: { publicKey: name } });
    assert.deepEqual(await next('key-a'), ['key-a']);
    assert.deepEqual(await next('key-b'), ['key-b']);
    for (const reason of ['LabelTakenOver', 'Healthy']) {
      await kubectl(cluster.kubeconfig, undo);
      await world.condition('checkout', 'Ready', { reason });
    }
    assert.deepEqual(await next('key-c'), ['key-c']);
    assert.deepEqual(await next(null), []);
  });

  it('gets its revision back once when helm replaces it, then waits, and heals by the command in the message', async () => {
    const replace = ['--force-replace', '--server-side=false'];
    const { targetRevision } = await world.status('checkout');
    await release('upgrade', 'app:3', ...replace);
    await world.condition('checkout', 'Ready', { status: 'False' });
    await world.condition('checkout', 'Ready', ready);
    await release('upgrade', 'app:4', ...replace);
    const taken = { status: 'False', reason: 'LabelTakenOver' } as const;
    const { message } = await world.condition('checkout', 'Ready', taken);
    assert.match(message, /"helm" changed the template's label/);
    await kubectl(cluster.kubeconfig, commandIn(message));
    await world.condition('checkout', 'Ready', ready);
    assert.deepEqual(await template(), { revision: targetRevision, image: 'app:4', keys: [] });
  });

  it('gets the next revision without another command after the one in the message', async () => {
    const { targetRevision: before } = await world.status('checkout');
    const undo = ['rollout', 'undo', 'deployment/checkout', '-n', world.namespace];
    await world.patch('SpAgent', 'checkout', { spec: { direction: 'Both' } });
    await world.condition('checkout', 'Ready', ready);
    await kubectl(cluster.kubeconfig, undo);
    const taken = { status: 'False', reason: 'LabelTakenOver' } as const;
    const { message } = await world.condition('checkout', 'Ready', taken);
    await kubectl(cluster.kubeconfig, commandIn(message));
    await world.condition('checkout', 'Ready', ready);
    for (const direction of ['Outbound', 'Inbound']) {
      await world.patch('SpAgent', 'checkout', { spec: { direction } });
      await world.condition('checkout', 'Ready', ready);
    }
    const { targetRevision: after } = await world.status('checkout');
    assert.equal(after, before);
    assert.equal((await template()).revision, after);
  });
});
