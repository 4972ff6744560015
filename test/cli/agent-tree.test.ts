import assert from 'node:assert/strict';
import type { SpAgent } from '../../operator/api/schema.ts';
import type { SelectedPod } from '../../operator/cli/pods.ts';
import type { ProxyReport } from '../../operator/cli/proxies.ts';
import { tableText } from '../../operator/cli/print.ts';
import { agentTree } from '../../operator/cli/view/agent-tree.ts';
import { diagnoseAgent } from '../../operator/cli/view/diagnose-agent.ts';
import { agentOf, minimalSpec } from '../support/agent.ts';
import { assertGolden } from '../support/golden.ts';

const now = Date.parse('2026-01-02T05:00:00Z');
const [stable, target] = ['aaaaaaaaaaaa', 'bbbbbbbbbbbb'];
const fresh = agentOf(minimalSpec);

const condition = (type: string, status: 'True' | 'False', reason: string) => ({
  type,
  status,
  reason,
  message: `message of ${reason}`,
  lastTransitionTime: '2026-01-02T04:58:00Z',
  observedGeneration: 1,
});

const agentWith = (...conditions: ReturnType<typeof condition>[]): SpAgent => ({
  ...fresh,
  status: {
    conditions,
    targetRevision: target,
    stableRevision: stable,
    pods: '1/4',
    workloads: [
      { kind: 'Deployment', name: 'cart', desired: 3, updated: 2, ready: 2, verified: 0, loaded: 1 },
    ],
    history: [
      {
        revision: target,
        revisionNumber: 2,
        digest: 'b',
        createdAt: '2026-01-02T04:57:00Z',
        outcome: 'Pending',
      },
      {
        revision: stable,
        revisionNumber: 1,
        digest: 'a',
        createdAt: '2026-01-01T05:00:00Z',
        outcome: 'Stable',
      },
    ],
  },
});

const pod = (name: string, changes: Partial<SelectedPod>): SelectedPod => ({
  name,
  workload: 'Deployment/cart',
  revision: undefined,
  isReady: true,
  isDeleting: false,
  hasSidecar: true,
  proxyImage: 'istio/proxyv2:1.30.0',
  oddity: undefined,
  asksForSidecar: false,
  labels: {},
  phase: 'Running',
  createdAt: '2026-01-02T04:55:00Z',
  ...changes,
});

describe('spagent status of one agent', () => {
  it('shows its revisions, the step of the rollout, workloads, pods and proxies as a tree', () => {
    const pods = [
      pod('cart-2-b', { revision: target, isReady: false, phase: 'Pending' }),
      pod('cart-2-a', { revision: target }),
      pod('cart-1-a', { revision: stable, isDeleting: true }),
      pod('web-0', { revision: stable, workload: 'StatefulSet/web' }),
      pod('web-1', { revision: stable, workload: 'StatefulSet/web', hasSidecar: false }),
      pod('alone', { workload: undefined }),
    ];
    const agent = agentWith(condition('Ready', 'False', 'Progressing'));
    const rollout = {
      state: 'Progressing',
      since: '2026-01-02T04:58:00Z',
      message: 'Deployment/cart: 1 of 3 pods',
      gates: [
        {
          ...{ name: 'errors', verdict: 'Pass' as const, value: '0.4%', limit: 'at most 1%' },
          message: '0.4% of the requests failed in pods with the new revision',
        },
      ],
    };
    const proxies = new Map<string, ProxyReport>([
      ['cart-2-a', { verification: { state: 'Verified' }, lookups: { hits: 12, misses: 3 } }],
      ['web-0', { verification: { state: 'Unknown', message: 'no answer' }, lookups: undefined }],
      [
        'alone',
        {
          verification: { state: 'NotVerified', message: 'it trapped', cause: 'Stopped' },
          lookups: { hits: 0, misses: 0 },
        },
      ],
    ]);
    const rolling = { ...agent, status: { ...agent.status, rollout } };
    const tree = agentTree(rolling, { pods, proxies, now });
    assertGolden(
      new URL('../golden/cli/agent-tree.txt', import.meta.url),
      tableText(tree, (_tone, text) => text),
    );
  });

  it('shows an agent that no operator has reconciled', () => {
    const { rows } = agentTree(fresh, { pods: [], proxies: new Map(), now });
    assert.deepEqual(rows, [['shop/checkout', { text: '◌ Unknown', tone: 'pending' }, '-', '1h', '']]);
  });

  const selector = 'app=checkout';
  const diagnoses: readonly (readonly [string, SpAgent, RegExp, string])[] = [
    [
      'a revision that failed',
      agentWith(condition('Ready', 'False', 'RolledBack'), condition('Degraded', 'True', 'FilterRejected')),
      /^FilterRejected: message of FilterRejected$/,
      'spagent logs -n shop checkout',
    ],
    [
      'a rollout that continues',
      agentWith(condition('Ready', 'False', 'Progressing')),
      /^Progressing: /,
      `kubectl -n shop get pods -l ${selector}`,
    ],
    [
      'a paused rollout',
      agentWith(condition('Ready', 'False', 'Paused')),
      /^Paused: /,
      'spagent resume -n shop checkout',
    ],
    [
      'a spec that cannot work',
      agentWith(condition('Ready', 'False', 'DigestMismatch')),
      /^DigestMismatch: /,
      'kubectl -n shop edit spagent checkout',
    ],
    [
      'a deletion',
      { ...fresh, deletedAt: '2026-01-02T04:59:00Z' },
      /^being deleted since 2026-01-02T04:59:00Z/,
      'kubectl -n shop describe spagent checkout',
    ],
    [
      'a spec that was not reconciled yet',
      fresh,
      /has not reconciled the current spec yet/,
      'spagent doctor -n shop',
    ],
  ];
  for (const [what, agent, cause, command] of diagnoses) {
    it(`names the cause of ${what}, and one command`, () => {
      const diagnosis = diagnoseAgent(agent, { state: 'Running' });
      assert.match(diagnosis?.cause ?? '', cause);
      assert.equal(diagnosis?.command, command);
    });
  }

  it('reports first of all that no operator is running', () => {
    const healthy = agentWith(condition('Ready', 'True', 'Healthy'));
    const operator = { state: 'NotRunning', message: 'Lease sp-system/sp-agent has no holder' } as const;
    assert.equal(
      diagnoseAgent(healthy, operator)?.cause,
      'no operator is running: Lease sp-system/sp-agent has no holder',
    );
    assert.match(
      diagnoseAgent({ ...fresh, deletedAt: '2026-01-02T04:59:00Z' }, operator)?.cause ?? '',
      /^no operator is running: .*; being deleted since 2026-01-02T04:59:00Z$/,
    );
    assert.equal(diagnoseAgent(healthy, { state: 'Unknown' }), undefined);
  });
});
