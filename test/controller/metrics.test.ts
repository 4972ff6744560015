import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import {
  agentInfo,
  agentsByReady,
  gateStates,
  rolloutsByState,
} from '../../operator/controller/agent-info.ts';
import { trimAgent } from '../../operator/controller/items.ts';
import { createMetrics } from '../../operator/controller/metrics.ts';
import { minimalSpec } from '../support/agent.ts';

function agent(name: string, ready: 'True' | 'False', spec: object = minimalSpec) {
  const condition = {
    type: 'Ready',
    status: ready,
    reason: ready === 'True' ? 'Healthy' : 'Paused',
    message: '',
    lastTransitionTime: '2026-01-02T03:04:05Z',
    observedGeneration: 1,
  };
  const metadata = {
    namespace: 'shop',
    name,
    uid: name,
    resourceVersion: '1',
    creationTimestamp: '2026-01-02T03:04:05Z',
  };
  const gates = [
    { name: 'errors', verdict: ready === 'True' ? 'Pass' : 'Inconclusive', message: '' },
    { name: 'smoke', verdict: 'Pass', message: '' },
  ];
  const rollout = { state: ready === 'True' ? 'Progressing' : 'Held', message: '', gates };
  const status = { conditions: [condition], stableRevision: 'a', targetRevision: 'b', rollout };
  const object = { metadata, spec, status };
  return trimAgent(object);
}

/** What prom-client keeps of a metric beside what its types have. */
interface Registered {
  readonly name: string;
  readonly type: unknown;
  readonly labelNames?: readonly string[];
}

function metricsOf(agents: readonly ReturnType<typeof agent>[]) {
  const infos = agents.map(agentInfo);
  return createMetrics({
    queueDepth: () => 3,
    runningSeconds: () => [1.5, 4],
    watchStaleness: () => [{ kind: 'Pod', namespace: 'shop', seconds: 61 }],
    agentsByReady: () => agentsByReady(infos),
    agents: () => infos,
    isLeader: () => true,
    rolloutsByState: () => rolloutsByState(agents),
    gates: () => agents.flatMap(gateStates),
    motion: () => ({ inMotion: 7, limit: 10, queued: 2 }),
  });
}

describe('metrics', () => {
  it('have one line of information for each agent, one whose spec cannot be read too', async () => {
    const page = await metricsOf([
      agent('checkout', 'True'),
      agent('cart', 'False', { direction: 'Up' }),
    ]).registry.metrics();
    assert.match(
      page,
      /^spagent_agent_info\{namespace="shop",name="checkout",ready="True",reason="Healthy",stable_revision="a",target_revision="b"\} 1$/m,
    );
    assert.match(
      page,
      /^spagent_agent_info\{namespace="shop",name="cart",ready="False",reason="Paused",.*\} 1$/m,
    );
    assert.match(page, /^spagent_agents\{ready="True"\} 1$/m);
    assert.match(page, /^spagent_agents\{ready="False"\} 1$/m);
  });

  it('show how long work in progress takes, in sum and of the oldest', async () => {
    const page = await metricsOf([]).registry.metrics();
    assert.match(page, /^workqueue_depth\{name="spagent"\} 3$/m);
    assert.match(page, /^workqueue_unfinished_work_seconds\{name="spagent"\} 5\.5$/m);
    assert.match(page, /^workqueue_longest_running_processor_seconds\{name="spagent"\} 4$/m);
  });

  it('show since when each watch is silent, by kind and namespace', async () => {
    const page = await metricsOf([]).registry.metrics();
    assert.match(page, /^spagent_watch_stale_seconds\{kind="Pod",namespace="shop"\} 61$/m);
  });

  it('show rollouts by state, and each gate of a step in progress with its verdict', async () => {
    const agents = [agent('checkout', 'True'), agent('cart', 'False'), agent('mail', 'True')];
    const page = await metricsOf(agents).registry.metrics();
    assert.match(page, /^spagent_rollouts\{state="Progressing"\} 2$/m);
    assert.match(page, /^spagent_rollouts\{state="Held"\} 1$/m);
    const errors =
      /^spagent_gate_info\{namespace="shop",name="cart",gate="errors",verdict="Inconclusive"\} 1$/m;
    assert.match(page, errors);
    assert.equal(page.match(/^spagent_gate_info\{.*verdict="Pass"/gm)?.length, 5);
  });

  it('show how many workloads restart, how many may, and how many rollouts wait for their turn', async () => {
    const page = await metricsOf([]).registry.metrics();
    assert.match(page, /^spagent_workloads_in_motion 7$/m);
    assert.match(page, /^spagent_workloads_in_motion_limit 10$/m);
    assert.match(page, /^spagent_rollouts_queued 2$/m);
  });

  it('count rollouts by how they end, and measurements of gates by verdict', async () => {
    const { registry, rolloutObserver } = metricsOf([]);
    rolloutObserver.completed(95);
    rolloutObserver.completed(undefined);
    rolloutObserver.failed('GateFailed');
    rolloutObserver.podsBack(0.4);
    rolloutObserver.gateMeasured('Prometheus', 'Fail');
    const page = await registry.metrics();
    assert.match(page, /^spagent_rollouts_total\{result="Complete"\} 2$/m);
    assert.match(page, /^spagent_rollouts_total\{result="GateFailed"\} 1$/m);
    assert.match(page, /^spagent_rollout_duration_seconds_sum 95$/m);
    assert.match(page, /^spagent_rollout_duration_seconds_count 1$/m);
    assert.match(page, /^spagent_rollback_pods_duration_seconds_bucket\{le="0.5"\} 1$/m);
    assert.match(page, /^spagent_gate_measurements_total\{kind="Prometheus",verdict="Fail"\} 1$/m);
  });

  it('are those that the operations page lists, with the same types and labels, and no others', () => {
    const page = readFileSync(new URL('../../docs/operations.md', import.meta.url), 'utf8');
    const [, table = ''] = page.split('\n## Metrics of the operator\n');
    const rows = [...table.matchAll(/^\| (`[^|]+`) +\| (\w+) +\|/gm)];
    const documented = rows.flatMap(([, names = '', type]) =>
      [...names.matchAll(/`(\w+)(?:\{([^}]*)\})?`/g)].map(([, name, labels = '']) => ({
        name,
        type,
        labels: labels === '' ? [] : labels.split(',').map((label) => label.replace(/=.*/, '')),
      })),
    );
    // Of these the page says once that they carry it.
    const constant = ['controller_runtime_', 'workqueue_'];
    const own = metricsOf([])
      .registry.getMetricsAsArray()
      .filter(({ name }) => !/^(process|nodejs)_/.test(name))
      .map(({ name, type, labelNames = [] }: Registered) => ({
        name,
        type: String(type),
        labels: constant.some((prefix) => name.startsWith(prefix))
          ? labelNames.filter((label) => label !== 'controller' && label !== 'name')
          : labelNames,
      }));
    const byName = (a: { name?: string | undefined }, b: { name?: string | undefined }) =>
      (a.name ?? '').localeCompare(b.name ?? '');
    assert.deepEqual(documented.sort(byName), own.sort(byName));
  });

  it('count requests to the API server by method and status', async () => {
    const metrics = metricsOf([]);
    metrics.requestObserver('PATCH', '409', 0.2);
    metrics.requestObserver('PATCH', '409', 0.2);
    metrics.requestObserver('GET', '<error>', 30);
    const page = await metrics.registry.metrics();
    assert.match(page, /^rest_client_requests_total\{method="PATCH",code="409"\} 2$/m);
    assert.match(page, /^rest_client_requests_total\{method="GET",code="<error>"\} 1$/m);
    assert.match(page, /^rest_client_request_duration_seconds_count\{verb="GET"\} 1$/m);
  });
});
