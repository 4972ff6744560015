import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { KubeConfig } from '@kubernetes/client-node';
import { pino } from 'pino';
import { helm } from '../../hack/cluster/helm.ts';
import { kubectl } from '../../hack/cluster/kubectl.ts';
import { hasCode } from '../../operator/cluster/api-error.ts';
import { createClient } from '../../operator/cluster/client.ts';
import { startOperator } from '../../operator/controller/operator.ts';
import { policy } from '../support/agent.ts';
import { createNamespace, sharedCluster } from '../support/cluster.ts';
import { eventually } from '../support/eventually.ts';
import { freePorts } from '../support/free-ports.ts';
import { chartImage } from '../support/chart-image.ts';
import { agentsOf, moduleAtPort, moduleOf, objectsOf, patience } from '../support/operator.ts';
import { startScriptedServer } from '../support/scripted-server.ts';

const chart = fileURLToPath(new URL('../../charts', import.meta.url));
const path = '/ok-watched';

/** An operator with the rights that the chart gives it in two namespaces. */
async function scene() {
  await using started = new AsyncDisposableStack();
  const cluster = await sharedCluster();
  const directory = await mkdtemp(join(tmpdir(), 'sp-agent-watched-'));
  started.defer(() => rm(directory, { recursive: true }));
  const [system, doomed, kept] = await Promise.all([1, 2, 3].map(() => createNamespace(cluster)));
  assert.ok(system && doomed && kept);
  for (const namespace of [system, doomed, kept]) started.use(namespace);
  const where = ['sp-agent', '--namespace', system.name];
  const watched = [doomed.name, kept.name];
  await helm(cluster.kubeconfig, [
    'install',
    ...where,
    chart,
    chartImage,
    '--set',
    `watchNamespaces={${watched.join(',')}}`,
  ]);
  started.defer(async () => void (await helm(cluster.kubeconfig, ['uninstall', ...where])));
  const token = await kubectl(cluster.kubeconfig, ['create', 'token', 'sp-agent', '-n', system.name]);
  const server = cluster.adminConfig.getCurrentCluster();
  assert.ok(server);
  const config = new KubeConfig();
  config.loadFromClusterAndUser(server, { name: 'operator', token: token.trim() });
  const kubeconfig = join(directory, 'kubeconfig');
  await writeFile(kubeconfig, config.exportConfig(), { mode: 0o600 });
  const modules = started.use(
    await startScriptedServer((_, response) => void response.writeHead(200).end(moduleOf(path))),
  );
  const admin = started.use(createClient(cluster.kubeconfig));
  const start = () =>
    startOperator({
      kubeconfig,
      namespace: system.name,
      identity: `operator-${randomUUID().slice(0, 8)}`,
      listen: freePorts,
      moduleBaseUrl: 'http://sp-agent.sp-system.svc:8080',
      leaderElect: false,
      concurrency: 2,
      verifyProxies: false,
      addresses: { allowPrivate: true },
      watchNamespaces: watched,
      policy,
      log: pino({ level: 'silent' }),
      discoverySeconds: 0.5,
    });
  const stack = started.move();
  return {
    cluster,
    admin,
    start,
    doomed: doomed.name,
    kept: kept.name,
    agentsIn: (namespace: string) => agentsOf(admin, namespace, () => moduleAtPort(modules.port, path)),
    [Symbol.asyncDispose]: () => stack.disposeAsync(),
  };
}

describe('An operator of two namespaces of which one is deleted', () => {
  it('lets go of it though its rights there are gone, works on in the other, and is ready after a restart', async () => {
    await using world = await scene();
    const { cluster, admin, doomed, kept } = world;
    const healthy = { status: 'True', reason: 'Healthy' } as const;
    const others = world.agentsIn(kept);
    await using stack = new AsyncDisposableStack();
    const operator = await world.start();
    stack.use(operator);
    for (const namespace of [doomed, kept]) {
      const { createAgent, createDeployment, condition } = world.agentsIn(namespace);
      await createDeployment('checkout');
      await createAgent('checkout');
      await condition('checkout', 'Ready', healthy);
    }

    // The namespace controller may delete the binding before the agents, or after them.
    await kubectl(cluster.kubeconfig, ['delete', 'rolebindings', '--all', '-n', doomed]);
    await kubectl(cluster.kubeconfig, ['delete', 'namespace', doomed, '--wait=false']);
    await eventually(
      'the end of the namespace',
      () =>
        admin.json({ path: `/api/v1/namespaces/${doomed}` }).then(
          () => false,
          (error: unknown) => hasCode(error, 404),
        ),
      patience,
    );
    const { patch } = objectsOf(admin, kept);
    await patch('SpAgent', 'checkout', { spec: { direction: 'Inbound' } });
    await others.condition('checkout', 'Ready', healthy);
    assert.equal((await others.status('checkout')).revisionNumber, 2);

    await operator[Symbol.asyncDispose]();
    await using next = await world.start();
    await eventually('a ready replica', async () => (await fetch(`${next.urls.probes}/readyz`)).ok, patience);
    await patch('SpAgent', 'checkout', { spec: { direction: 'Both' } });
    await others.condition('checkout', 'Ready', healthy);
    assert.equal((await others.status('checkout')).revisionNumber, 3);
  });
});
