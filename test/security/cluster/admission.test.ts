import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { KubeConfig } from '@kubernetes/client-node';
import { kubectl } from '../../../hack/cluster/kubectl.ts';
import { helm } from '../../../hack/cluster/helm.ts';
import { createClient } from '../../../operator/cluster/client.ts';
import { collectionPath, objectPath, type ObjectKey } from '../../../operator/cluster/kinds.ts';
import { chartImage } from '../../support/chart-image.ts';
import { createNamespace, sharedCluster } from '../../support/cluster.ts';
import { eventually } from '../../support/eventually.ts';
import { agentsOf, objectsOf, patience } from '../../support/operator.ts';

const chart = fileURLToPath(new URL('../../../charts', import.meta.url));

/** What the chart's account may do at all: `patch` of whole workloads, which the policies bound. */
async function scene() {
  await using started = new AsyncDisposableStack();
  const cluster = await sharedCluster();
  const directory = await mkdtemp(join(tmpdir(), 'sp-agent-admission-'));
  started.defer(() => rm(directory, { recursive: true }));
  const system = started.use(await createNamespace(cluster)).name;
  const excluded = started.use(await createNamespace(cluster)).name;
  const shop = started.use(await createNamespace(cluster)).name;
  const where = ['sp-agent', '--namespace', system];
  const values = ['--set', `operator.excludedNamespaces={${excluded}}`];
  await helm(cluster.kubeconfig, ['install', ...where, chart, chartImage, ...values]);
  started.defer(async () => void (await helm(cluster.kubeconfig, ['uninstall', ...where])));
  const token = await kubectl(cluster.kubeconfig, ['create', 'token', 'sp-agent', '-n', system]);
  const server = cluster.adminConfig.getCurrentCluster();
  assert.ok(server);
  const config = new KubeConfig();
  config.loadFromClusterAndUser(server, { name: 'operator', token: token.trim() });
  const kubeconfig = join(directory, 'kubeconfig');
  await writeFile(kubeconfig, config.exportConfig(), { mode: 0o600 });
  const admin = started.use(createClient(cluster.kubeconfig));
  const operator = started.use(createClient(kubeconfig));
  const stack = started.move();
  return { admin, operator, excluded, shop, [Symbol.asyncDispose]: () => stack.disposeAsync() };
}

describe("the operator's account, bounded by the chart's admission policies", () => {
  let world: Awaited<ReturnType<typeof scene>>;
  before(async () => {
    world = await scene();
    for (const namespace of [world.shop, world.excluded]) {
      await agentsOf(world.admin, namespace, () => ({ url: '', digest: '' })).createDeployment('checkout');
    }
    // Policies take effect a moment after their creation. Another number each time: until then the patch is made.
    let replicas = 2;
    const scale = () => patch(world.shop, { spec: { replicas: (replicas += 1) } });
    await eventually(
      'the policies',
      () => assert.rejects(scale(), /pod template alone/).then(() => true),
      patience,
    );
  });
  after(() => world[Symbol.asyncDispose]());

  const checkout = { kind: 'Deployment', name: 'checkout' } as const;
  function patch(namespace: string, body: object, target: Pick<ObjectKey, 'kind' | 'name'> = checkout) {
    const path = objectPath({ ...target, namespace });
    const contentType = 'application/strategic-merge-patch+json';
    return world.operator.json({ method: 'PATCH', path, body, contentType });
  }
  const template = (parts: object) => ({ spec: { template: parts } });
  const containers = (...list: object[]) => template({ spec: { containers: list } });

  it('sets the revision label, the step annotation and the variable of the key', async () => {
    const env = [{ name: 'SP_PUBLIC_KEY', valueFrom: { secretKeyRef: { name: 'key', key: 'publicKey' } } }];
    await patch(world.shop, {
      metadata: { annotations: { 'step.softprobe.ai/checkout': '{}' } },
      spec: {
        template: {
          metadata: { labels: { 'revision.softprobe.ai/checkout': 'a' } },
          spec: { containers: [{ name: 'istio-proxy', image: 'auto', env }] },
        },
      },
    });
  });

  const forbidden: Record<string, object> = {
    "another image of the user's container": containers({ name: 'app', image: 'stranger/app' }),
    'a container of its own': containers({ name: 'more', image: 'stranger/app' }),
    'another image of the sidecar': containers({ name: 'istio-proxy', image: 'stranger/proxy' }),
    'a command of the sidecar': containers({ name: 'istio-proxy', image: 'auto', command: ['sh'] }),
    'a variable of its own': containers({
      name: 'istio-proxy',
      image: 'auto',
      env: [{ name: 'LD_PRELOAD', value: '/x.so' }],
    }),
    "the node's file system": template({ spec: { volumes: [{ name: 'v', hostPath: { path: '/' } }] } }),
    'another service account': template({ spec: { serviceAccountName: 'admin' } }),
    "the node's network": template({ spec: { hostNetwork: true } }),
    "a label of the user's": template({ metadata: { labels: { tier: 'x' } } }),
    "an annotation of the user's pods": template({ metadata: { annotations: { x: 'y' } } }),
    "an annotation of the user's workload": { metadata: { annotations: { x: 'y' } } },
    'the number of pods': { spec: { replicas: 0 } },
  };
  for (const [what, body] of Object.entries(forbidden)) {
    it(`cannot change ${what}`, async () => {
      await assert.rejects(patch(world.shop, body), /the operator (changes|does not change)/);
    });
  }

  it('changes nothing in an excluded namespace', async () => {
    const body = template({ metadata: { labels: { 'revision.softprobe.ai/checkout': 'a' } } });
    await assert.rejects(patch(world.excluded, body), /changes nothing in this namespace/);
  });

  it("changes of pods two labels, and of Istio's resources its own", async () => {
    const { list, create } = objectsOf(world.admin, world.shop);
    const { metadata } = await eventually('a pod', async () => (await list('Pod'))[0], patience);
    const pod = { kind: 'Pod', name: metadata.name } as const;
    await patch(world.shop, { metadata: { labels: { 'softprobe.ai/refetched-at': '1' } } }, pod);
    await patch(world.shop, { metadata: { labels: { 'revision.softprobe.ai/checkout': 'a' } } }, pod);
    const label = { metadata: { labels: { app: 'payments' } } };
    await assert.rejects(patch(world.shop, label, pod), /refetched-at alone/);
    await create('ServiceEntry', 'own', {
      apiVersion: 'networking.istio.io/v1',
      kind: 'ServiceEntry',
      spec: {
        hosts: ['a.example'],
        ports: [{ number: 80, name: 'http', protocol: 'HTTP' }],
        resolution: 'DNS',
      },
    });
    const path = objectPath({ kind: 'ServiceEntry', namespace: world.shop, name: 'own' });
    await assert.rejects(world.operator.json({ method: 'DELETE', path }), /of its own agents alone/);
  });

  it('sets the finalizer of an SpAgent, and changes no spec', async () => {
    const { createAgent } = agentsOf(world.admin, world.shop, () => ({
      url: 'https://a.example/f.wasm',
      digest: 'a'.repeat(64),
    }));
    await createAgent('checkout');
    const agent = { kind: 'SpAgent', namespace: world.shop, name: 'checkout' } as const;
    const change = (body: object) =>
      world.operator.json({
        method: 'PATCH',
        path: objectPath(agent),
        body,
        contentType: 'application/merge-patch+json',
      });
    await change({ metadata: { finalizers: ['softprobe.ai/cleanup'] } });
    await assert.rejects(change({ spec: { direction: 'Both' } }), /changes no spec of an SpAgent/);
    await change({ metadata: { finalizers: null } });
  });

  it('creates no Secret but the keys of redaction markers', async () => {
    const path = collectionPath('Secret', world.shop);
    const create = (name: string, type: string) => {
      const annotations = { 'kubernetes.io/service-account.name': 'default' };
      return world.operator.json({ method: 'POST', path, body: { metadata: { name, annotations }, type } });
    };
    const refusal = /the operator creates no Secret/;
    await assert.rejects(create('checkout-redaction-key', 'kubernetes.io/service-account-token'), refusal);
    await assert.rejects(create('token', 'Opaque'), refusal);
    await create('checkout-redaction-key', 'Opaque');
  });
});
