import assert from 'node:assert/strict';
import { backend } from '../../operator/cli/doctor/backend.ts';
import { https } from '../../operator/cli/doctor/https.ts';
import { proxyPort } from '../../operator/cli/doctor/proxy-port.ts';
import { listOf, scriptedFacts } from '../support/scripted-api.ts';

const condition = (type: string, status: string, reason: string) => ({
  type,
  status,
  reason,
  message: `message of ${reason}`,
  lastTransitionTime: '2026-01-02T03:04:05Z',
  observedGeneration: 1,
});
const agent = (...conditions: readonly unknown[]) => ({
  metadata: { namespace: 'shop', name: 'checkout', uid: '', creationTimestamp: '2026-01-02T03:04:05Z' },
  spec: { selector: { matchLabels: { app: 'checkout' } } },
  status: { conditions },
});
const pod = (name: string) => ({
  metadata: { name, creationTimestamp: '2026-01-02T03:04:05Z' },
  spec: { containers: [{ name: 'istio-proxy' }] },
  status: { conditions: [{ type: 'Ready', status: 'True' }] },
});

const statistics = (name: string) => `/api/v1/namespaces/shop/pods/${name}:15020/proxy/stats/prometheus`;
const factsOf = (proxies: Readonly<Record<string, unknown>>, ...conditions: readonly unknown[]) =>
  scriptedFacts({
    '/apis/softprobe.ai/v1alpha1/spagents': listOf(agent(...conditions)),
    '/api/v1/namespaces/shop/pods': listOf(...Object.keys(proxies).map(pod)),
    ...Object.fromEntries(Object.entries(proxies).map(([name, answer]) => [statistics(name), answer])),
  });

describe('spagent doctor asks proxies of the selected pods:', () => {
  it('all answer', async () => {
    await using api = await factsOf({ a: 'x 1\n', b: 'x 1\n' });
    assert.deepEqual(await proxyPort.run(api.facts), {
      state: 'Good',
      message: 'all 2 proxies that were asked answer',
    });
  });

  it('one whose port is closed to the API server is named, with its error', async () => {
    await using api = await factsOf({ a: 'x 1\n', b: 503 });
    const diagnosis = await proxyPort.run(api.facts);
    assert.equal(diagnosis.state, 'Doubtful');
    assert.match(diagnosis.message, /^closed to the API server for 1 of 2 proxies .*: shop\/b: .*status 503/);
  });

  it('three of each agent at most', async () => {
    await using api = await factsOf(Object.fromEntries(['a', 'b', 'c', 'd'].map((name) => [name, 503])));
    assert.match((await proxyPort.run(api.facts)).message, /for 3 of 3 proxies/);
  });

  it('where the user may not ask, the word of the operator counts', async () => {
    await using forbidden = await factsOf({ a: 403 });
    assert.equal((await proxyPort.run(forbidden.facts)).state, 'Skipped');
    await using unverified = await factsOf({ a: 403 }, condition('Ready', 'True', 'Unverified'));
    assert.deepEqual(await proxyPort.run(unverified.facts), {
      state: 'Doubtful',
      message: 'the operator cannot ask the proxies of shop/checkout',
      remedy:
        "allow TCP port 15020 from the control plane to the nodes, or from the operator's pods to the selected pods",
    });
  });

  it('connections that a pod opens and whose requests the proxy cannot see are named by their destinations', async () => {
    const opened = (reporter: string, name: string, count: number) =>
      `istio_tcp_connections_opened_total{reporter="${reporter}",destination_service_name="${name}",request_protocol="tcp"} ${count}`;
    const lines = [
      'istio_requests_total{reporter="source",destination_service_name="cart"} 7',
      opened('destination', 'checkout', 4),
      opened('source', 'PassthroughCluster', 2),
      opened('source', 'api.payments.example', 1),
      '',
    ];
    await using api = await factsOf({ a: lines.join('\n'), b: opened('destination', 'checkout', 1) });
    assert.deepEqual(await https.run(api.facts), {
      state: 'Doubtful',
      message:
        'shop/a opened connections whose requests the proxy cannot see, to PassthroughCluster, api.payments.example: HTTPS that the application begins, or another protocol',
      remedy: 'where that is HTTPS, let the sidecar begin it: docs/modes.md',
    });
    await using none = await factsOf({ b: opened('destination', 'checkout', 1) });
    assert.equal((await https.run(none.facts)).state, 'Good');
  });
});

describe('spagent doctor sees the backend as the pods do:', () => {
  const remedies = [
    ['BackendUnauthorized', /publicKeySecret/],
    ['BackendUnreachable', /spec\.backend\.url, the NetworkPolicies/],
    ['BackendFailing', /the backend's log/],
  ] as const;
  for (const [reason, remedy] of remedies) {
    it(`${reason} is a problem, with the operator's message`, async () => {
      await using api = await factsOf({}, condition('BackendReachable', 'False', reason));
      const diagnosis = await backend.run(api.facts);
      assert.equal(diagnosis.message, `shop/checkout (${reason}): message of ${reason}`);
      assert.match('remedy' in diagnosis ? diagnosis.remedy : '', remedy);
    });
  }

  it('a backend that answers is good, and one that nobody called is left open', async () => {
    await using good = await factsOf({}, condition('BackendReachable', 'True', 'BackendReachable'));
    assert.equal((await backend.run(good.facts)).state, 'Good');
    await using unknown = await factsOf({}, condition('BackendReachable', 'Unknown', 'NoBackendCalls'));
    assert.equal((await backend.run(unknown.facts)).state, 'Skipped');
  });
});
