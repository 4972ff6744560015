import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { kubectl } from '../../hack/cluster/kubectl.ts';
import { run } from '../../hack/tools/run.ts';
import { podRevisionLabel } from '../../operator/api/names.ts';
import type { SpAgentStatus } from '../../operator/api/status-schema.ts';
import type { ProxyStatistics } from '../../operator/rollout/proxy-statistics.ts';
import { verifyProxy } from '../../operator/rollout/verify.ts';
import { eventually } from '../support/eventually.ts';
import { findingOf } from './support/doctor.ts';
import { operatorInstalled } from './support/operator.ts';
import { freshRequest, send } from './support/replay.ts';
import { describeOnMesh, sharedMesh } from './support/shared-mesh.ts';
import {
  applyAgent,
  assertTrafficUnharmed,
  awaitReady,
  awaitStatus,
  checkout,
  conditionOf,
  deleteAgent,
  shop,
  shopOpen,
} from './support/shop.ts';
import { readStatistics } from './support/statistics.ts';
import { applyObjects, podOf, sendFrom, type PodKey } from './support/workload.ts';

const deliveries = ['EnvoyFilter', 'WasmPlugin', 'TrafficExtension'] as const;

/** Code of what `spagent doctor` says of port 15020. */
const portFinding = 'SP014';

/** Puts the source of a filter into a ConfigMap. */
async function applySource(name: string): Promise<object> {
  const { mesh } = await sharedMesh();
  const source = await readFile(join(import.meta.dirname, 'workload', `${name}.as`), 'utf8');
  const metadata = { namespace: shop, name };
  await applyObjects(mesh.kubeconfig, [
    { apiVersion: 'v1', kind: 'ConfigMap', metadata, data: { 'index.ts': source } },
  ]);
  return { build: { configMap: { name } } };
}

async function foreignHeader(): Promise<string | undefined> {
  const { headers } = await send('outbound', freshRequest('outbound', 'GET'));
  return headers['x-foreign'];
}

function available(status: SpAgentStatus): string {
  const condition = conditionOf(status, 'Available');
  return `${condition?.status} ${condition?.reason}`;
}

async function label(pod: PodKey, revision: string): Promise<void> {
  const { mesh } = await sharedMesh();
  const setting = `${podRevisionLabel(checkout.name)}=${revision}`;
  await kubectl(mesh.kubeconfig, ['label', 'pod', pod.name, '-n', shop, '--overwrite', setting]);
}

/** What the operator says of a pod with a revision on both sides, after one question more. */
function judge(pod: PodKey, revision: string) {
  const sides = { Inbound: '-in', Outbound: '-out' } as const;
  const plugins = Object.entries(sides).map(([side, suffix]) => ({
    name: `${shop}.${checkout.name}-${revision}${suffix}`,
    side: side as keyof typeof sides,
  }));
  const expected = { revision, plugins, reportsRevision: true, reloads: false, isSwitched: true };
  let previous: ProxyStatistics | undefined;
  return async () => {
    const latest = await readStatistics(
      pod,
      plugins.map(({ name }) => name),
    );
    const verdict = verifyProxy(expected, { latest, previous, first: previous });
    previous = latest;
    if (verdict.state === 'Verified') return verdict;
    throw new Error(JSON.stringify(verdict));
  };
}

describeOnMesh('the proof that a proxy runs the filter', () => {
  before(async () => {
    await Promise.all([operatorInstalled(), shopOpen()]);
  });
  afterEach(assertTrafficUnharmed);
  after(deleteAgent);

  for (const api of deliveries) {
    it(`takes a healthy filter of another author for healthy when carried by ${api}`, async () => {
      const filter = await applySource('adds-a-header');
      await applyAgent({ filter, direction: 'Outbound', delivery: { api } });
      const status = await awaitReady();
      assert.equal(conditionOf(status, 'Ready')?.reason, 'Healthy');
      assert.deepEqual(
        status.workloads?.map(({ verified, loaded }) => ({ verified, loaded })),
        [{ verified: 0, loaded: 2 }],
      );
      assert.equal(await foreignHeader(), 'yes');
    });
  }

  it('takes a filter that does nothing for healthy', async () => {
    const filter = await applySource('does-nothing');
    await applyAgent({ filter });
    const status = await awaitReady();
    assert.equal(conditionOf(status, 'Ready')?.reason, 'Healthy');
  });

  it('finds a filter that traps after a good start, within a minute', async () => {
    const filter = await applySource('adds-a-header');
    await applyAgent({ filter, direction: 'Outbound', delivery: { failStrategy: 'FailReload' } });
    await awaitReady();
    const { client } = await sharedMesh();
    const pod = await podOf(client, checkout);
    const trap = { ...freshRequest('outbound', 'GET'), headers: { 'x-trap': 'yes' } };
    const stopped = await awaitStatus('a filter that stopped', (status) => {
      void sendFrom(client, pod, trap).catch(() => undefined);
      return available(status) === 'False FilterStopped';
    });
    const message = conditionOf(stopped, 'Available')?.message ?? '';
    assert.match(message, new RegExp(`pod ${pod.name}: the filter .* traps again and again`));
  });

  for (const api of deliveries) {
    it(`survives a switch of a running pod there and back when carried by ${api}`, async () => {
      const { client } = await sharedMesh();
      await applyAgent({ delivery: { api } });
      const { targetRevision: a = '' } = await awaitReady();
      await applyAgent({ delivery: { api }, lookup: { onError: 'Fail' }, rollout: { paused: true } });
      const paused = await awaitStatus('a second revision', ({ targetRevision }) => targetRevision !== a);
      const b = paused.targetRevision ?? '';
      const pod = await podOf(client, checkout);
      await eventually('the proof of the first', judge(pod, a));
      await label(pod, b);
      await eventually('the proof of the second', judge(pod, b), 30_000);
      await label(pod, a);
      await eventually('the proof of the first again', judge(pod, a), 30_000);
    });
  }

  it('says so when the backend cannot be reached, and when it can again', async () => {
    const { mesh } = await sharedMesh();
    await applyAgent();
    await awaitReady();
    const reachable = (expected: string) =>
      awaitStatus(`BackendReachable to be ${expected}`, (status) => {
        const condition = conditionOf(status, 'BackendReachable');
        return `${condition?.status} ${condition?.reason}` === expected;
      });
    await reachable('True BackendReachable');
    const sidecar = {
      apiVersion: 'networking.istio.io/v1',
      kind: 'Sidecar',
      metadata: { namespace: shop, name: 'hides-the-backend' },
      spec: {
        workloadSelector: { labels: { app: checkout.name } },
        egress: [{ hosts: [`./inventory.${shop}.svc.cluster.local`] }],
      },
    };
    await applyObjects(mesh.kubeconfig, [sidecar]);
    await using cleanup = new AsyncDisposableStack();
    const remove = () =>
      kubectl(mesh.kubeconfig, [
        'delete',
        'sidecar',
        '-n',
        shop,
        '--ignore-not-found',
        sidecar.metadata.name,
      ]);
    cleanup.defer(async () => void (await remove()));
    await reachable('False BackendUnreachable');
    await remove();
    await reachable('True BackendReachable');
  });

  it('comes straight from the pods where the API server cannot reach them, and spagent doctor says so', async () => {
    // The API server asks from this machine; the operator from a pod, whose packets are not this machine's own.
    const rule = ['OUTPUT', '-p', 'tcp', '--dport', '15020', '-m', 'string', '--algo', 'bm'].concat(
      '--string',
      '/stats/prometheus',
      '-j',
      'DROP',
    );
    await applyAgent();
    await awaitReady();
    assert.equal(await findingOf(portFinding), 'Good: all 2 proxies that were asked answer');
    await run(['iptables', '-I', ...rule], { timeoutSeconds: 10 });
    await using cleanup = new AsyncDisposableStack();
    cleanup.defer(async () => void (await run(['iptables', '-D', ...rule], { timeoutSeconds: 10 })));
    await applyAgent({
      backend: { url: `http://recorder.${shop}.svc.cluster.local:8787`, timeout: '800ms' },
    });
    const status = await awaitReady();
    assert.deepEqual(
      status.workloads?.map(({ verified }) => verified),
      [2],
    );
    assert.match(
      await findingOf(portFinding),
      /^Doubtful: closed to the API server for 2 of 2 proxies that were asked: shop\/checkout-/,
    );
  });

  it('gives way to readiness, and the status says so, where nobody can reach the proxies, until somebody can', async () => {
    // From this machine, and from the operator's pod.
    const match = ['-p', 'tcp', '--dport', '15020', '-m', 'string', '--algo', 'bm'];
    const rule = [...match, '--string', '/stats/prometheus', '-j', 'DROP'];
    const chains = [
      ['-t', 'filter', 'OUTPUT'],
      ['-t', 'raw', 'PREROUTING'],
    ] as const;
    await applyAgent();
    await awaitReady();
    await using cleanup = new AsyncDisposableStack();
    const change = async (verb: '-I' | '-D', [option, table, chain]: (typeof chains)[number]) =>
      void (await run(['iptables', option, table, verb, chain, ...rule], { timeoutSeconds: 10 }));
    for (const chain of chains) {
      await change('-I', chain);
      cleanup.defer(() => change('-D', chain));
    }
    await applyAgent({
      backend: { url: `http://recorder.${shop}.svc.cluster.local:8787`, timeout: '700ms' },
    });
    const reason = (expected: string) =>
      awaitStatus(`Ready to be ${expected}`, (status) => {
        const ready = conditionOf(status, 'Ready');
        return ready?.reason === expected && ready.status === 'True' && status.pods === '2/2';
      });
    const status = await reason('Unverified');
    assert.match(conditionOf(status, 'Ready')?.message ?? '', /no proxy of the cluster can be asked/);
    assert.equal(
      await findingOf(portFinding),
      `Doubtful: the operator cannot ask the proxies of ${shop}/${checkout.name}`,
    );
    await cleanup.disposeAsync();
    await reason('Healthy');
  });
});
