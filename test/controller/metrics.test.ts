import assert from 'node:assert/strict';
import { agentInfo, agentsByReady } from '../../operator/controller/agent-info.ts';
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
  const status = { conditions: [condition], stableRevision: 'a', targetRevision: 'b' };
  const object = { metadata, spec, status };
  return trimAgent(object);
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
