import assert from 'node:assert/strict';
import { join } from 'node:path';
import type { ControlPlane } from '../../hack/cluster/control-plane.ts';
import { startProcess, type BackgroundProcess } from '../../hack/cluster/background-process.ts';
import { createClient } from '../../operator/cluster/client.ts';
import { createNamespace, sharedCluster } from '../support/cluster.ts';
import { eventually } from '../support/eventually.ts';
import { freePortFlags } from '../support/free-ports.ts';
import { agentsOf, moduleAtPort, moduleOf, objectsOf, patience } from '../support/operator.ts';
import { startScriptedServer } from '../support/scripted-server.ts';

const label = 'revision.softprobe.ai/checkout';

function startOperatorProcess(cluster: ControlPlane, namespace: string): BackgroundProcess {
  return startProcess({
    name: 'operator',
    command: [
      process.execPath,
      'operator/controller/main.ts',
      `--kubeconfig=${cluster.kubeconfig}`,
      `--namespace=${namespace}`,
      `--watch-namespaces=${namespace}`,
      ...freePortFlags,
      '--no-verify-proxies',
      '--allow-private-urls',
      '--default-backend-url=https://backend.example',
    ],
    logFile: join(cluster.stateDirectory, `operator-${namespace}.log`),
    // As when the machine dies: nothing is put in order.
    stopSignal: 'SIGKILL',
  });
}

/** A namespace with a Deployment and an agent, whose module comes when `release` is called. */
async function scene() {
  await using started = new AsyncDisposableStack();
  const cluster = await sharedCluster();
  const { name: namespace } = started.use(await createNamespace(cluster));
  const client = started.use(createClient(cluster.kubeconfig));
  const { promise: released, resolve: release } = Promise.withResolvers<undefined>();
  const modules = started.use(
    await startScriptedServer(async ({ path }, response) => {
      await released;
      response.end(moduleOf(path));
    }),
  );
  const objects = objectsOf(client, namespace);
  const agents = agentsOf(client, namespace, (path) => moduleAtPort(modules.port, path));
  await agents.createDeployment('checkout', 4);
  await agents.createAgent('checkout');
  const stack = started.move();
  const operators = new AsyncDisposableStack();
  stack.use(operators);
  const template = async () =>
    (await objects.get('Deployment', 'checkout')).spec.template.metadata.labels[label] as string | undefined;
  return {
    ...objects,
    ...agents,
    modules,
    template,
    release: () => {
      release(undefined);
    },
    start: () => operators.use(startOperatorProcess(cluster, namespace)),
    [Symbol.asyncDispose]: () => stack.disposeAsync(),
  };
}

type Scene = Awaited<ReturnType<typeof scene>>;

/** Where the operator is killed: as soon as this holds. */
const moments: Readonly<Record<string, (scene: Scene) => Promise<boolean>>> = {
  'while it fetches the module': ({ modules }) => Promise.resolve(modules.arrivals.length > 0),
  'once the module is stored': async ({ list }) =>
    (await list('ConfigMap')).some(({ metadata }) => metadata.name.startsWith('module-')),
  'once the revision is written': async ({ list }) =>
    (await list('SpAgentRevision')).some(({ metadata }) => metadata.name.startsWith('checkout-')),
  'once the plug-in is applied': async ({ list }) => (await list('EnvoyFilter')).length > 0,
  'in the middle of the rollout': async ({ template }) => (await template()) !== undefined,
};

async function assertEndState(end: Scene): Promise<void> {
  await end.condition('checkout', 'Ready', { status: 'True', reason: 'Healthy' });
  const status = await end.status('checkout');
  assert.equal(status.pods, '4/4');
  assert.equal(status.revisionNumber, 1);
  assert.equal(await end.template(), status.targetRevision);
  assert.equal((await end.list('EnvoyFilter')).length, 1);
  const revisions = await end.list('SpAgentRevision');
  assert.deepEqual(
    revisions.map(({ metadata }) => metadata.name),
    [`checkout-${status.targetRevision}`],
  );
  const modules = (await end.list('ConfigMap')).filter(({ metadata }) => metadata.name.startsWith('module-'));
  assert.equal(modules.length, 1);
  // The first template and ours: the pods were restarted once.
  assert.equal((await end.list('ReplicaSet')).length, 2);
}

describe('an operator that is killed', () => {
  for (const [moment, holds] of Object.entries(moments)) {
    it(`${moment} ends where one that lives does, with nothing doubled`, async () => {
      await using run = await scene();
      const first = run.start();
      if (moment !== 'while it fetches the module') run.release();
      await eventually(moment, () => holds(run), patience);
      await first[Symbol.asyncDispose]();
      run.release();
      run.start();
      await assertEndState(run);
    });
  }

  it('again and again still ends there', async () => {
    await using run = await scene();
    run.release();
    for (const [moment, holds] of Object.entries(moments)) {
      const operator = run.start();
      await eventually(moment, () => holds(run), patience);
      await operator[Symbol.asyncDispose]();
    }
    run.start();
    await assertEndState(run);
  });
});
