import assert from 'node:assert/strict';
import { kubectl } from '../../hack/cluster/kubectl.ts';
import { stepAnnotation } from '../../operator/api/names.ts';
import type { SpAgentStatus } from '../../operator/api/status-schema.ts';
import type { WorkloadStep } from '../../operator/api/workload.ts';
import { objectPath } from '../../operator/cluster/kinds.ts';
import type { KubernetesObject } from '../../operator/cluster/kubernetes-object.ts';
import { spagent } from '../support/cli.ts';
import { eventually } from '../support/eventually.ts';
import { operatorInstalled, operatorNamespace } from './support/operator.ts';
import { applyRelease, loggedActions, podIdentities, podsWith, releasesByPod } from './support/release.ts';
import { describeOnMesh, sharedMesh } from './support/shared-mesh.ts';
import {
  assertTrafficUnharmed,
  awaitReady,
  awaitStatus,
  checkout,
  conditionOf,
  deleteAgent,
  shop,
  shopOpen,
  takeFailures,
} from './support/shop.ts';
import { podsOf } from './support/workload.ts';

const pods = 3;
const stable = { release: 'stable' };
const next = { release: 'next' };
const manual = [{ pods: 1, bake: '0s', approval: 'Manual' }];
const trafficMilliseconds = 60_000;

async function scale(replicas: number): Promise<void> {
  const { mesh, client } = await sharedMesh();
  const object = ['deployment/checkout', '-n', shop];
  await kubectl(mesh.kubeconfig, ['scale', ...object, `--replicas=${replicas}`]);
  await kubectl(mesh.kubeconfig, ['rollout', 'status', ...object, '--timeout=90s']);
  await eventually('pods', async () => (await podsOf(client, checkout)).length === replicas);
}

/** A Deployment as far as these tests look into it. */
interface Deployment extends KubernetesObject {
  readonly spec: { readonly template: object };
}

async function readDeployment(): Promise<Deployment> {
  const { client } = await sharedMesh();
  return client.json({ path: objectPath({ kind: 'Deployment', ...checkout }) });
}

/** Waits until clients see so many pods answer with that release, and all others with the other one. */
async function assertReleases(expected: Readonly<Record<string, number>>): Promise<void> {
  await eventually(
    `answers of ${JSON.stringify(expected)}`,
    async () => {
      const seen = [...(await releasesByPod()).values()].map((releases) => [...releases].sort().join());
      const counts = Object.fromEntries([...Map.groupBy(seen, (one) => one)].map(([k, v]) => [k, v.length]));
      assert.deepEqual(counts, expected);
      return true;
    },
    trafficMilliseconds,
  );
}

function awaitApproval(): Promise<SpAgentStatus> {
  return awaitStatus('a canary that waits for approval', ({ rollout }) => rollout?.approval === 'Required');
}

describeOnMesh('progressive delivery in the mesh', () => {
  before(async () => {
    await Promise.all([operatorInstalled(), shopOpen()]);
    await scale(pods);
  });
  beforeEach(async () => {
    await applyRelease(stable);
    await awaitReady(pods);
  });
  afterEach(assertTrafficUnharmed);
  after(async () => {
    await scale(2);
    await deleteAgent();
  });

  it('switches one running pod alone, and the rest once spagent promote ends the wait', async () => {
    const { mesh } = await sharedMesh();
    const before = await podIdentities();
    await applyRelease(next, { canary: manual });
    const { targetRevision } = await awaitApproval();
    assert.equal((await podsWith(targetRevision)).length, 1);
    assert.deepEqual(await podIdentities(), before);
    await assertReleases({ next: 1, stable: pods - 1 });
    const promoted = await spagent('promote', 'checkout', '-n', shop, '--kubeconfig', mesh.kubeconfig);
    assert.equal(promoted.code, 0, promoted.note);
    await awaitReady(pods);
    await assertReleases({ next: pods });
  });

  it('finds by its proxies a revision that answers 500, and takes it back without a restart', async () => {
    const before = await podIdentities();
    const { sent } = await takeFailures();
    const began = Date.now();
    const gates = [{ name: 'errors', proxies: { maxErrorIncrease: '5%', minRequests: 20 } }];
    await applyRelease(
      // A revision that failed is not tried again, and the test may run again.
      { release: `bad-${Date.now()}`, answerWith: 500 },
      { canary: [{ pods: 1, bake: '10m' }], gates, progressDeadline: '1h' },
    );
    const failed = await awaitStatus('the rollback', ({ rollout }) => rollout?.state === 'RolledBack');
    assert.deepEqual(await podIdentities(), before);
    assert.deepEqual(await podsWith(failed.targetRevision), []);
    const message = conditionOf(failed, 'Degraded')?.message ?? '';
    assert.match(message, /Canary 1 of 1: gate errors: 100% of the requests failed .*, and 0% in the others/);
    await assertReleases({ stable: pods });
    const after = await takeFailures();
    const all = after.sent - sent;
    const hurt = after.fresh.length;
    // Requests reach the pods by chance: of some hundred, one pod gets a few percent more or less than its share.
    assert.ok(hurt > 0 && hurt / all < 1 / pods + 0.05, `${hurt} of ${all} requests failed`);
    const actions = (await loggedActions()).filter(({ time }) => time >= began);
    const verdict = actions.findIndex(({ msg }) => msg === 'MarkFailed');
    const back = actions.findIndex(({ reason }) => reason === 'SwitchedBack');
    assert.ok(verdict >= 0 && verdict < back, JSON.stringify(actions));
    const since = (time = Number.NaN) => `${Math.round(time - (actions[verdict]?.time ?? 0))} ms`;
    const lastFailure = Date.parse(after.fresh.at(-1)?.split(' ')[0] ?? '');
    process.stdout.write(
      `    of ${all} requests ${hurt} failed (${((100 * hurt) / all).toFixed(1)} %); after the verdict: last pod labelled back ${since(actions[back]?.time)}, last failed request ${since(lastFailure)}; restarts: 0\n`,
    );
  });

  it('waits for its window, says when it opens, and begins once one is open', async () => {
    const opens = new Date(Math.ceil(Date.now() / 60_000) * 60_000 + 6 * 3_600_000);
    const clock = (date: Date) => date.toISOString().slice(11, 16);
    const window = { from: clock(opens), to: clock(new Date(opens.getTime() + 60_000)) };
    await applyRelease(next, { canary: manual, windows: [window] });
    const waiting = await awaitStatus('a closed window', ({ rollout }) => rollout?.state === 'Paused');
    const progressing = conditionOf(waiting, 'Progressing');
    assert.equal(progressing?.reason, 'OutsideWindow');
    assert.ok(progressing.message.includes(opens.toISOString().replace('.000Z', 'Z')), progressing.message);
    assert.deepEqual(await podsWith(waiting.targetRevision), []);
    await assertReleases({ stable: pods });
    await applyRelease(next, { canary: manual, windows: [{ from: '00:00', to: '00:00' }] });
    const { targetRevision } = await awaitApproval();
    assert.equal((await podsWith(targetRevision)).length, 1);
  });

  it('bakes to the end, on the same pod, when every operator is killed in the middle', async () => {
    const { mesh } = await sharedMesh();
    await applyRelease(next, { canary: [{ pods: 1, bake: '20s' }] });
    const baking = await awaitStatus('a bake', ({ rollout }) => rollout?.bakeUntil !== undefined);
    const canary = await podsWith(baking.targetRevision);
    const before = await podIdentities();
    const kill = ['delete', 'pods', '--all', '-n', operatorNamespace, '--force', '--grace-period=0'];
    await kubectl(mesh.kubeconfig, kill);
    assert.deepEqual(await podsWith(baking.targetRevision), canary);
    assert.deepEqual(await podIdentities(), before);
    await awaitReady(pods);
    // The log is that of the operators that took over.
    const labelled = (await loggedActions()).filter(({ msg }) => msg === 'LabelPods');
    assert.deepEqual(labelled, []);
    await assertReleases({ next: pods });
    const { metadata } = await readDeployment();
    const step = JSON.parse(metadata.annotations?.[stepAnnotation(checkout.name)] ?? '{}') as WorkloadStep;
    assert.equal(step.revision, baking.targetRevision);
    assert.ok(Date.parse(step.since) >= Date.parse(baking.rollout?.bakeUntil ?? ''), step.since);
  });

  it('restarts nothing and changes no template with the method Live, and switches new pods too', async () => {
    const before = await podIdentities();
    const { spec } = await readDeployment();
    await applyRelease(next, { method: 'Live' });
    await awaitReady(pods);
    await assertReleases({ next: pods });
    assert.deepEqual(await podIdentities(), before);
    assert.deepEqual((await readDeployment()).spec.template, spec.template);
    await scale(pods + 1);
    await awaitReady(pods + 1);
    await assertReleases({ next: pods + 1 });
    await scale(pods);
  });
});
