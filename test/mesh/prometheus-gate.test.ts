import assert from 'node:assert/strict';
import { podNetwork } from '../../hack/node/network.ts';
import { podRevisionLabel } from '../../operator/api/names.ts';
import type { SpAgentStatus } from '../../operator/api/status-schema.ts';
import { collectionPath, proxyPath } from '../../operator/cluster/kinds.ts';
import type { KubernetesObject } from '../../operator/cluster/kubernetes-object.ts';
import { listAll } from '../../operator/cluster/list-pages.ts';
import { eventually } from '../support/eventually.ts';
import { startPrometheus } from '../support/prometheus.ts';
import { operatorInstalled, operatorNamespace } from './support/operator.ts';
import { describeOnMesh, sharedMesh } from './support/shared-mesh.ts';
import {
  applyAgent,
  assertTrafficUnharmed,
  awaitReady,
  awaitStatus,
  checkout,
  checkoutUrl,
  deleteAgent,
  shop,
  shopOpen,
  trafficClient,
} from './support/shop.ts';
import { podOf, podsOf, sendFrom } from './support/workload.ts';

/** Pod of checkout → the revision that its label names. */
async function revisions(): Promise<Record<string, string | undefined>> {
  const { client } = await sharedMesh();
  const pods = await podsOf(client, checkout);
  return Object.fromEntries(
    pods.map(({ metadata }) => [metadata.name, metadata.labels[podRevisionLabel(checkout.name)]]),
  );
}

/** How Prometheus scrapes the sidecars of checkout. */
async function sidecars(): Promise<object> {
  const { client } = await sharedMesh();
  const pods = await podsOf(client, checkout);
  return {
    job_name: 'sidecars',
    metrics_path: '/stats/prometheus',
    static_configs: pods.map(({ metadata, status }) => ({
      targets: [`${status.podIP}:15020`],
      labels: { pod: metadata.name },
    })),
  };
}

describeOnMesh('a gate that asks a Prometheus which scrapes the sidecars', () => {
  before(async () => {
    await Promise.all([operatorInstalled(), shopOpen()]);
  });
  afterEach(assertTrafficUnharmed);
  after(deleteAgent);

  it('does not keep an agent from a canary in its first rollout, though pods have no key of redaction markers yet', async () => {
    const before = await revisions();
    await applyAgent({ rollout: { canary: [{ pods: 1, approval: 'Manual' }] } });
    const { targetRevision, rollout } = await awaitStatus(
      'a canary that waits for approval',
      (status) => status.rollout?.approval === 'Required',
    );
    assert.deepEqual(rollout?.canary, { pods: 1, verified: 1 });
    const now = await revisions();
    assert.deepEqual(Object.keys(now).sort(), Object.keys(before).sort());
    assert.equal(Object.values(now).filter((revision) => revision === targetRevision).length, 1);
  });

  it('rolls a canary back when its query is out of bounds, without a restart and without a failed request', async () => {
    await applyAgent();
    const { stableRevision } = await awaitReady();
    const known = await rollbacks();
    const before = await revisions();
    await using prometheus = await startPrometheus({
      host: podNetwork.hostAddress,
      scrapes: [await sidecars()],
    });
    const notFound =
      'sum(sp_agent_revision_{{revision}}_inbound_responses_4xx{pod=~"{{pods}}"}) or vector(0)';
    const gate = { address: prometheus.url, query: notFound, max: 3, interval: '5s' };
    await applyAgent({
      capture: { sample: '99%' },
      rollout: { canary: [{ pods: 1, bake: '5m' }], gates: [{ name: 'not-found', prometheus: gate }] },
    });
    await awaitStatus('a gate that passes', ({ rollout }) =>
      Boolean(rollout?.gates?.some(({ name, verdict }) => name === 'not-found' && verdict === 'Pass')),
    );
    for (let count = 0; count < 30; count++) await askForNothing();
    const message = await rollbackMessage();
    assert.match(message, /Canary 1 of 1: gate not-found: the query gives \d+, where at most 3/);
    await eventually('all pods to run the stable revision again', async () => {
      assert.deepEqual(await revisions(), before);
      return true;
    });
    assert.deepEqual(new Set(Object.values(before)), new Set([stableRevision]));
    const measured = await eventually('the time to be measured', async () => {
      const now = await rollbacks();
      return now.count === known.count + 1 ? now : undefined;
    });
    const seconds = measured.seconds - known.seconds;
    process.stdout.write(`      from the gate's verdict to the last pod back: ${seconds.toFixed(3)} s\n`);
  });
});

/** A request that checkout answers with 404, as the server does that it asks. */
async function askForNothing(): Promise<void> {
  const { client } = await sharedMesh();
  const nothing = encodeURIComponent(`http://recorder.${shop}.svc.cluster.local:8787/nothing`);
  const url = `${checkoutUrl}/forward?to=${nothing}`;
  assert.equal((await sendFrom(client, await podOf(client, trafficClient), { url })).status, 404);
}

/** What the failed revision's entry in the history says. */
async function rollbackMessage(): Promise<string> {
  const isOver = ({ rollout, history }: SpAgentStatus) =>
    rollout?.state === 'RolledBack' && history?.[0]?.outcome === 'Failed';
  const { history } = await awaitStatus('the rollback', isOver);
  return history?.[0]?.message ?? '';
}

/** The rollbacks that the replica that leads has measured, and how long they took together. */
async function rollbacks(): Promise<{ readonly count: number; readonly seconds: number }> {
  const metrics = await operatorMetrics();
  const valueOf = (suffix: string) =>
    Number(new RegExp(`^spagent_rollback_pods_duration_seconds_${suffix} (.+)$`, 'm').exec(metrics)?.[1]);
  return { count: valueOf('count'), seconds: valueOf('sum') };
}

async function operatorMetrics(): Promise<string> {
  const { client } = await sharedMesh();
  const replicas = await listAll<KubernetesObject>(client, {
    path: collectionPath('Pod', operatorNamespace),
    query: { labelSelector: 'app.kubernetes.io/name=sp-agent' },
  });
  const pages = await Promise.all(
    replicas.map(async ({ metadata: { name } }) => {
      const pod = { kind: 'Pod', namespace: operatorNamespace, name, port: 9090 } as const;
      return (await client.request({ path: proxyPath(pod, 'metrics'), accept: 'text/plain' })).text();
    }),
  );
  const leading = pages.find((page) => /^leader_election_master_status\{.*\} 1$/m.test(page));
  assert.ok(leading !== undefined, 'no replica leads');
  return leading;
}
