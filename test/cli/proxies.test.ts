import assert from 'node:assert/strict';
import type { SelectedPod } from '../../operator/cli/pods.ts';
import { askProxies } from '../../operator/cli/proxies.ts';
import type { KeptRevision } from '../../operator/cli/revisions.ts';
import { wantedRevision } from '../../operator/render/revision.ts';
import { agentOf, artifact, minimalSpec, policy, redactionKey, wholeMesh } from '../support/agent.ts';
import { clientOf } from '../support/kubeconfig.ts';
import { startScriptedServer } from '../support/scripted-server.ts';

const agent = agentOf(minimalSpec);
const wanted = wantedRevision({
  agent,
  artifact,
  mesh: wholeMesh,
  publicKey: { state: 'NotWanted' },
  policy,
  redactionKey,
});
if ('reason' in wanted) throw new Error(wanted.message);
const revision: KeptRevision = { ...wanted, number: 1, agentSpec: agent.spec };

const pod = (name: string, changes: Partial<SelectedPod> = {}): SelectedPod => ({
  name,
  workload: 'Deployment/checkout',
  revision: revision.id,
  isReady: true,
  isDeleting: false,
  hasSidecar: true,
  proxyImage: 'istio/proxyv2:1.30.0',
  oddity: undefined,
  asksForSidecar: false,
  labels: {},
  phase: 'Running',
  createdAt: '2026-01-02T03:04:05Z',
  ...changes,
});

const statistics = (seconds: number) =>
  [
    'envoy_server_concurrency 1',
    `envoy_wasm_shop_checkout-${revision.id}_vm_reload 0`.replaceAll('-', '_'),
    `sp_agent_revision_${revision.id}_configured_at_seconds ${seconds}`,
    `sp_agent_revision_${revision.id}_outbound_contexts 2`,
    `sp_agent_revision_${revision.id}_outbound_last_tick_seconds ${2 * seconds}`,
    `sp_agent_revision_${revision.id}_outbound_requests 9`,
    'sp_agent_lookup_hits 7',
    'sp_agent_lookup_misses 2',
    '',
  ].join('\n');

describe('what spagent asks the proxies', () => {
  it('is answered with whether each runs its revision, and with its hits and misses', async () => {
    await using server = await startScriptedServer(({ path }, response) => {
      assert.match(path, /^\/api\/v1\/namespaces\/shop\/pods\/good:15020\/proxy\/stats\/prometheus\?/);
      response.end(statistics(Math.floor(Date.now() / 1000)));
    });
    await using client = await clientOf(server.port);
    const pods = [
      pod('good'),
      pod('without-sidecar', { hasSidecar: false }),
      pod('terminating', { isDeleting: true }),
      pod('without-revision', { revision: undefined }),
    ];
    const reports = await askProxies(client, agent, { pods, revisions: [revision] });
    assert.deepEqual(
      [...reports],
      [['good', { verification: { state: 'Verified' }, lookups: { hits: 7, misses: 2 } }]],
    );
  });

  it('names the missing right where the user may not ask', async () => {
    await using server = await startScriptedServer((_, response) => {
      response.writeHead(403).end('{"reason": "Forbidden"}');
    });
    await using client = await clientOf(server.port);
    const reports = await askProxies(client, agent, { pods: [pod('good')], revisions: [revision] });
    assert.deepEqual(reports.get('good'), {
      verification: { state: 'Unknown', message: 'you may not get pods/proxy in this namespace' },
      lookups: undefined,
    });
  });

  it('goes to a bounded number of proxies', async () => {
    await using server = await startScriptedServer((_, response) => void response.end(''));
    await using client = await clientOf(server.port);
    const pods = Array.from({ length: 100 }, (_, index) => pod(`pod-${index}`));
    await askProxies(client, agent, { pods, revisions: [revision] });
    assert.equal(server.arrivals.length, 60);
  });
});
