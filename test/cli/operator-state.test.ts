import assert from 'node:assert/strict';
import { operatorState } from '../../operator/cli/operator-state.ts';
import { clientOf } from '../support/kubeconfig.ts';
import { startScriptedServer } from '../support/scripted-server.ts';

const deployment = (readyReplicas: number) => ({
  metadata: { namespace: 'sp-system', name: 'sp-agent' },
  spec: { replicas: 1 },
  status: { readyReplicas },
});
const secondsAgo = (seconds: number) => new Date(Date.now() - seconds * 1000).toISOString();
const leaseOf = (holderIdentity: string, renewTime: string) => ({
  spec: { holderIdentity, renewTime, leaseDurationSeconds: 15 },
});

describe('whether an operator runs', () => {
  const cases: readonly (readonly [string, object[] | undefined, (() => object) | undefined, object])[] = [
    ['is unknown where Deployments may not be listed', undefined, undefined, { state: 'Unknown' }],
    [
      'is not so without a ready Deployment',
      [deployment(0)],
      undefined,
      {
        state: 'NotRunning',
        message: 'no Deployment labelled app.kubernetes.io/name=sp-agent has a ready pod',
      },
    ],
    [
      'is so while its Lease is renewed',
      [deployment(1)],
      () => leaseOf('pod-1', secondsAgo(3)),
      { state: 'Running' },
    ],
    [
      'is so with a ready Deployment whose Lease cannot be read',
      [deployment(1)],
      undefined,
      { state: 'Running' },
    ],
    [
      'is not so when nobody holds the Lease',
      [deployment(1)],
      () => leaseOf('', secondsAgo(3)),
      { state: 'NotRunning', message: 'Lease sp-system/sp-agent has no holder' },
    ],
    [
      'is not so when the Lease is no longer renewed',
      [deployment(1)],
      () => leaseOf('pod-1', '2026-01-02T03:04:05.000000Z'),
      {
        state: 'NotRunning',
        message: 'Lease sp-system/sp-agent was last renewed at 2026-01-02T03:04:05.000000Z',
      },
    ],
  ];
  for (const [what, deployments, lease, expected] of cases) {
    it(what, async () => {
      await using server = await startScriptedServer(({ path }, response) => {
        const answer = path.includes('/leases/')
          ? lease?.()
          : deployments && { metadata: {}, items: deployments };
        response.statusCode = answer ? 200 : 403;
        response.setHeader('content-type', 'application/json').end(JSON.stringify(answer ?? {}));
      });
      await using client = await clientOf(server.port);
      assert.deepEqual(await operatorState(client), expected);
    });
  }
});
