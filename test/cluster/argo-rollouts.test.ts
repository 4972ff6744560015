import assert from 'node:assert/strict';
import { kubectl } from '../../hack/cluster/kubectl.ts';
import { objectPath } from '../../operator/cluster/kinds.ts';
import { createClient } from '../../operator/cluster/client.ts';
import { spagent } from '../support/cli.ts';
import { startArgoCluster, startArgoWorld, type ArgoCluster, type ArgoWorld } from '../support/argo-world.ts';
import { eventually } from '../support/eventually.ts';
import { patience, type LooseObject } from '../support/operator.ts';

const ready = { status: 'True', reason: 'Healthy' } as const;
const label = 'revision.softprobe.ai/checkout';
/** No key, which a Rollout's owner would have to give: these tests are of the rollout. */
const agentSpec = { capture: { redactMarker: 'Plain' } };
const untilPromoted = { canary: { steps: [{ setWeight: 25 }, { pause: {} }] } };

function revisionOf({ spec }: LooseObject): string | undefined {
  return spec.template.metadata.labels[label] as string | undefined;
}

async function podsAt(world: ArgoWorld, revision: string | undefined): Promise<number> {
  const pods = await world.list('Pod');
  return pods.filter(
    ({ metadata }) => metadata.deletionTimestamp === undefined && metadata.labels?.[label] === revision,
  ).length;
}

describe('operator with Argo Rollouts', () => {
  let argo: ArgoCluster;
  before(async () => {
    argo = await startArgoCluster();
  });
  after(() => argo[Symbol.asyncDispose]());

  async function installedWorld(): Promise<ArgoWorld> {
    await argo.install();
    return startArgoWorld(argo);
  }

  function restart({ namespace }: ArgoWorld) {
    const where = ['-n', namespace, '--kubeconfig', argo.cluster.kubeconfig];
    return spagent('restart', 'checkout', ...where, '--timeout', '60s');
  }

  it('asks for no Rollouts before these are installed, and takes them up without a restart', async () => {
    await using world = await startArgoWorld(argo);
    await world.createDeployment('checkout');
    await world.createAgent('checkout', agentSpec);
    await world.condition('checkout', 'Ready', ready);
    assert.ok((await fetch(`${world.operator.urls.probes}/readyz`)).ok);
    const restarted = await restart(world);
    assert.equal(restarted.code, 0, restarted.note);
    assert.deepEqual(
      world.warnings.filter((line) => line.includes('"kind":"Rollout"')),
      [],
    );
    await argo.install();
    await world.createRollout('canary', { strategy: { canary: {} } });
    const isThere = async () => (await world.status('checkout')).workloads?.length === 2;
    await eventually('both workloads in the status', isThere, patience);
    await world.condition('checkout', 'Ready', ready);
    const { targetRevision, pods } = await world.status('checkout');
    assert.equal(revisionOf(await world.get('Rollout', 'canary')), targetRevision);
    assert.equal(pods, '6/6');
  });

  it('waits for the canary steps of a Rollout, however long they pause, and owns its label alone', async () => {
    await using world = await installedWorld();
    const before = await world.createRollout('checkout', { strategy: untilPromoted });
    await world.createAgent('checkout', agentSpec);
    await world.message(
      /^Rollout \S+: 1 of 4 pods have revision [0-9a-f]{12}, 4 are ready; Paused: CanaryPauseStep$/,
    );
    const { targetRevision } = await world.status('checkout');
    const remembered = async () => {
      const { status } = await world.get('SpAgentRevision', `checkout-${targetRevision}`);
      return JSON.stringify(status).includes('pausedSince');
    };
    await eventually('the clock of the step to stand still', remembered, patience);
    assert.equal(await podsAt(world, targetRevision), 1);
    await world.promote('checkout');
    await world.condition('checkout', 'Ready', ready);
    const after = await world.rollout('checkout', ({ phase }) => phase === 'Healthy');
    assert.equal(await podsAt(world, targetRevision), 4);
    assert.deepEqual(after.spec.template.spec.containers, before.spec.template.spec.containers);
    assert.deepEqual(after.spec.template.metadata.labels, { app: 'checkout', [label]: targetRevision });
    assert.deepEqual((await world.status('checkout')).workloads, [
      { kind: 'Rollout', name: 'checkout', desired: 4, updated: 4, ready: 4, verified: 4 },
    ]);
  });

  it('fails a revision whose Rollout is aborted, names the cause, and takes the Rollout back', async () => {
    await using world = await installedWorld();
    await world.createRollout('checkout', { strategy: untilPromoted });
    await world.createAgent('checkout', agentSpec);
    await world.message(/Paused: CanaryPauseStep/);
    await world.promote('checkout');
    await world.condition('checkout', 'Ready', ready);
    const { targetRevision: first } = await world.status('checkout');
    await world.patch('SpAgent', 'checkout', { spec: { filter: world.moduleAt('/ok-2') } });
    await world.message(/1 of 4 pods .*Paused: CanaryPauseStep/);
    const { targetRevision: second } = await world.status('checkout');
    assert.notEqual(second, first);
    await world.abort('checkout');
    const { message } = await world.condition('checkout', 'Degraded', {
      status: 'True',
      reason: 'RolledBack',
    });
    assert.match(message, /its own update was aborted: Degraded: RolloutAborted/);
    const back = await world.rollout('checkout', ({ phase }) => phase === 'Healthy');
    assert.equal(revisionOf(back), first);
    assert.equal(back.status.abort ?? false, false);
    await eventually('all pods back', async () => (await podsAt(world, first)) === 4, patience);
  });

  it('counts the preview of a blue-green Rollout as in progress, and the old pods after the switch not at all', async () => {
    await using world = await installedWorld();
    for (const name of ['active', 'preview']) {
      const spec = { selector: { app: 'checkout' }, ports: [{ port: 80 }] };
      await world.create('Service', name, { apiVersion: 'v1', kind: 'Service', spec });
    }
    const blueGreen = {
      activeService: 'active',
      previewService: 'preview',
      autoPromotionEnabled: false,
      scaleDownDelaySeconds: 86_400,
    };
    await world.createRollout('checkout', { replicas: 2, strategy: { blueGreen } });
    await world.createAgent('checkout', agentSpec);
    await world.message(/2 of 2 pods have revision [0-9a-f]{12}, 2 are ready; Paused: BlueGreenPause/);
    await world.condition('checkout', 'Ready', { status: 'False', reason: 'Progressing' });
    await world.promote('checkout');
    await world.condition('checkout', 'Ready', ready);
    const { targetRevision } = await world.status('checkout');
    assert.deepEqual([await podsAt(world, targetRevision), await podsAt(world, undefined)], [2, 2]);
  });

  it('leaves a Rollout with the template of a Deployment to its owner, who runs the command in the message', async () => {
    await using world = await installedWorld();
    await world.createDeployment('base', 0);
    const workloadRef = { apiVersion: 'apps/v1', kind: 'Deployment', name: 'base' };
    const selector = { matchLabels: { app: 'base' } };
    const spec = { template: undefined, workloadRef, selector, strategy: { canary: {} } };
    await world.createRollout('front', spec);
    await world.createAgent('checkout', { ...agentSpec, selector });
    const { message } = await world.condition('checkout', 'Ready', {
      status: 'False',
      reason: 'ManualUpdates',
    });
    assert.equal(revisionOf(await world.get('Deployment', 'base')), undefined);
    const [, ...command] = /run kubectl (patch) (\S+) (-n) (\S+) (-p) '([^']+)'/.exec(message) ?? [];
    assert.equal(command[1], 'deployment/base', message);
    await kubectl(argo.cluster.kubeconfig, command);
    await world.condition('checkout', 'Ready', ready);
    const { targetRevision, workloads } = await world.status('checkout');
    assert.deepEqual(workloads, [
      { kind: 'Rollout', name: 'front', desired: 4, updated: 4, ready: 4, verified: 4 },
    ]);
    assert.equal(await podsAt(world, targetRevision), 4);
  });

  it('is not fought over when the owner of a Rollout puts an earlier template back, names the command that heals it, and keeps the key of the proxy', async () => {
    await using world = await installedWorld();
    const secretKeyRef = { name: 'checkout-redaction-key', key: 'key', optional: true };
    const env = [{ name: 'SP_REDACTION_KEY', valueFrom: { secretKeyRef } }];
    const containers = [
      { name: 'app', image: 'app' },
      { name: 'istio-proxy', image: 'auto', env },
    ];
    const template = { metadata: { labels: { app: 'checkout' } }, spec: { containers } };
    const owned = await world.createRollout('checkout', { strategy: { canary: {} }, template });
    await world.createAgent('checkout');
    await world.condition('checkout', 'Ready', ready);
    const { targetRevision: first } = await world.status('checkout');
    await world.patch('SpAgent', 'checkout', { spec: { filter: world.moduleAt('/ok-2') } });
    await world.condition('checkout', 'Ready', ready);
    const { targetRevision: second } = await world.status('checkout');
    const path = '/spec/template/metadata/labels/revision.softprobe.ai~1checkout';
    const undo = [{ op: 'replace', path, value: first }];
    await kubectl(argo.cluster.kubeconfig, [
      ...['patch', 'rollout/checkout', '-n', world.namespace, '--type', 'json', '-p', JSON.stringify(undo)],
      '--field-manager=kubectl-argo-rollouts',
    ]);
    const taken = { status: 'False', reason: 'LabelTakenOver' } as const;
    const { message } = await world.condition('checkout', 'Ready', taken);
    const [, ...command] =
      /run kubectl (patch) (\S+) (-n) (\S+) (--type) (merge) (-p) '([^']+)'/.exec(message) ?? [];
    await kubectl(argo.cluster.kubeconfig, command);
    await world.condition('checkout', 'Ready', ready);
    assert.equal(revisionOf(await world.get('Rollout', 'checkout')), second);
    await world.patch('SpAgent', 'checkout', { spec: { filter: world.moduleAt('/ok-3') } });
    await world.condition('checkout', 'Ready', ready);
    const { spec } = await world.get('Rollout', 'checkout');
    assert.deepEqual(spec.template.spec, owned.spec.template.spec, 'the key of its owner stays');
  });

  it('is restarted by spagent without a change of its template', async () => {
    await using world = await installedWorld();
    await world.createRollout('checkout', { strategy: { canary: {} } });
    await world.createAgent('checkout', agentSpec);
    await world.condition('checkout', 'Ready', ready);
    const before = await world.get('Rollout', 'checkout');
    const pods = (await world.list('Pod')).map(({ metadata }) => metadata.uid);
    const { code, note } = await restart(world);
    assert.equal(code, 0, note);
    const after = await world.get('Rollout', 'checkout');
    assert.deepEqual(after.spec.template, before.spec.template);
    const kept = (await world.list('Pod')).filter(
      ({ metadata }) => metadata.deletionTimestamp === undefined && pods.includes(metadata.uid),
    );
    assert.deepEqual(kept, []);
  });

  it('may change of a Rollout no more than of a Deployment', async () => {
    await using world = await installedWorld();
    await world.createRollout('own', { replicas: 1, strategy: { canary: {} } });
    await using operator = createClient(argo.kubeconfig);
    const patch = (body: object) =>
      operator.json({
        method: 'PATCH',
        path: objectPath({ kind: 'Rollout', namespace: world.namespace, name: 'own' }),
        body,
        contentType: 'application/merge-patch+json',
      });
    await patch({ spec: { template: { metadata: { labels: { [label]: 'a' } } } } });
    for (const spec of [
      { replicas: 0 },
      { paused: true },
      { strategy: { canary: { steps: [{ setWeight: 100 }] } } },
      { workloadRef: { apiVersion: 'apps/v1', kind: 'Deployment', name: 'other' } },
      { template: { metadata: { labels: { tier: 'x' } } } },
      { template: { spec: { containers: [{ name: 'app', image: 'stranger/app' }] } } },
    ])
      await assert.rejects(patch({ spec }), /the operator (changes|does not change)/, JSON.stringify(spec));
  });

  it('lets go of Rollouts when Argo Rollouts is removed, and continues with the other workloads', async () => {
    await using world = await installedWorld();
    await world.createRollout('front', { strategy: { canary: {} } });
    await world.createDeployment('checkout');
    await world.createAgent('checkout', agentSpec);
    await world.condition('checkout', 'Ready', ready);
    assert.equal((await world.status('checkout')).pods, '6/6');
    await kubectl(argo.cluster.kubeconfig, ['delete', 'crd', 'rollouts.argoproj.io']);
    const isGone = async () => (await world.status('checkout')).workloads?.length === 1;
    await eventually('the Deployment alone in the status', isGone, patience);
    await world.patch('SpAgent', 'checkout', { spec: { filter: world.moduleAt('/ok-2') } });
    await world.condition('checkout', 'Ready', ready);
    assert.equal((await world.status('checkout')).pods, '2/2');
  });
});
