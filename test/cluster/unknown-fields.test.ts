import assert from 'node:assert/strict';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startControlPlane, type ControlPlane } from '../../hack/cluster/control-plane.ts';
import { helm } from '../../hack/cluster/helm.ts';
import { installIstioCrds } from '../../hack/cluster/istio-crds.ts';
import { kubectl } from '../../hack/cluster/kubectl.ts';
import { createNamespace, installCrds, sharedCluster } from '../support/cluster.ts';
import { eventually } from '../support/eventually.ts';
import { patience, startWorld } from '../support/operator.ts';

const selector = { matchLabels: { app: 'checkout' } };
const misspelt = {
  selector,
  lookups: {},
  capture: { rules: [{ methods: ['GET'] }, { pth: { exact: '/' } }] },
  rollout: { waves: { maxConcurent: 2 } },
};
const refusal =
  /unknown field spec\.lookups, spec\.capture\.rules\[\]\.pth, spec\.rollout\.waves\.maxConcurent/;

function manifest(name: string, spec: object): string {
  const agent = { apiVersion: 'softprobe.ai/v1alpha1', kind: 'SpAgent', metadata: { name }, spec };
  return JSON.stringify(agent);
}

describe('An SpAgent with fields that do not exist', () => {
  let cluster: ControlPlane;
  let namespace: string;
  let directory: string;
  const stack = new AsyncDisposableStack();

  before(async () => {
    cluster = await sharedCluster();
    namespace = stack.use(await createNamespace(cluster)).name;
    directory = await mkdtemp(join(tmpdir(), 'sp-agent-unknown-'));
    stack.defer(() => rm(directory, { recursive: true }));
    await writeFile(join(directory, 'agent.json'), manifest('misspelt', misspelt));
    const chart = join(directory, 'chart');
    await mkdir(join(chart, 'templates'), { recursive: true });
    await writeFile(join(chart, 'Chart.yaml'), 'apiVersion: v2\nname: shop\nversion: 1.0.0\n');
    await writeFile(join(chart, 'templates', 'agent.yaml'), manifest('misspelt', misspelt));
    // A policy takes effect a moment after its creation.
    await eventually(
      'the policy',
      () => assert.rejects(apply('--dry-run=server'), refusal).then(() => true),
      patience,
    );
  });
  after(() => stack.disposeAsync());

  function apply(...options: string[]): Promise<string> {
    const file = join(directory, 'agent.json');
    return kubectl(cluster.kubeconfig, ['apply', '-n', namespace, '-f', file, ...options]);
  }

  for (const options of [
    [],
    ['--validate=false'],
    ['--server-side'],
    ['--server-side', '--validate=false'],
  ]) {
    it(`is refused by name of the fields when applied with kubectl apply ${options.join(' ')}`, async () => {
      await assert.rejects(apply(...options), refusal);
    });
  }

  it('is refused by name of the fields when helm installs it', async () => {
    const where = ['--namespace', namespace];
    await assert.rejects(
      helm(cluster.kubeconfig, ['install', 'shop', join(directory, 'chart'), ...where]),
      refusal,
    );
  });

  it('is refused when it gets them by an upgrade of helm', async () => {
    const chart = join(directory, 'good');
    await mkdir(join(chart, 'templates'), { recursive: true });
    await writeFile(join(chart, 'Chart.yaml'), 'apiVersion: v2\nname: good\nversion: 1.0.0\n');
    const template = join(chart, 'templates', 'agent.yaml');
    const where = ['good', chart, '--namespace', namespace];
    await writeFile(template, manifest('good', { selector }));
    await helm(cluster.kubeconfig, ['install', ...where]);
    await writeFile(template, manifest('good', misspelt));
    await assert.rejects(helm(cluster.kubeconfig, ['upgrade', ...where]), refusal);
  });

  it('is named by the status where nothing refused it', async () => {
    await using own = await startControlPlane({ nodes: 1 });
    await installIstioCrds(own.kubeconfig);
    await installCrds(own.kubeconfig);
    const policy = 'unknown-fields.spagents.softprobe.ai';
    await kubectl(own.kubeconfig, ['delete', 'validatingadmissionpolicybinding', policy]);
    await using world = await startWorld(own);
    await eventually(
      'an API server without the policy',
      () => world.createAgent('checkout', misspelt),
      patience,
    );
    const { message } = await world.condition('checkout', 'Ready', {
      status: 'False',
      reason: 'SpecInvalid',
    });
    const fields = 'spec.capture.rules[1].pth, spec.lookups, spec.rollout.waves.maxConcurent';
    assert.equal(
      message,
      `SpAgent ${world.namespace}/checkout: unknown field ${fields}; correct or remove it: docs/reference.md lists all`,
    );
    await world.patch('SpAgent', 'checkout', {
      spec: { lookups: null, capture: { rules: null }, rollout: { waves: { maxConcurent: null } } },
    });
    await world.createDeployment('checkout');
    await world.condition('checkout', 'Ready', { status: 'True', reason: 'Healthy' });
  });
});
