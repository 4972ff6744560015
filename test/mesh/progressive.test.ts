import assert from 'node:assert/strict';
import { kubectl } from '../../hack/cluster/kubectl.ts';
import type { SpAgentStatus } from '../../operator/api/status-schema.ts';
import { spagent } from '../support/cli.ts';
import { eventually } from '../support/eventually.ts';
import { operatorInstalled } from './support/operator.ts';
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
      { release: 'bad', answerWith: 500 },
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
    assert.ok(hurt > 0 && hurt / all < 1 / pods, `${hurt} of ${all} requests failed`);
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
});
