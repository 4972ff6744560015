import assert from 'node:assert/strict';
import type { SpAgent } from '../../operator/api/schema.ts';
import type { SelectedPod } from '../../operator/cli/pods.ts';
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
  phase: 'Running',
  createdAt: '2026-01-02T04:55:00Z',
  ...changes,
});

describe('spagent status of one agent', () => {
  it('shows its revisions, workloads and pods as a tree', () => {
    const pods = [
      pod('cart-2-b', { revision: target, isReady: false, phase: 'Pending' }),
      pod('cart-2-a', { revision: target }),
      pod('cart-1-a', { revision: stable, isDeleting: true }),
      pod('web-0', { revision: stable, workload: 'StatefulSet/web' }),
      pod('alone', { workload: undefined }),
    ];
    const tree = agentTree(agentWith(condition('Ready', 'False', 'Progressing')), pods, now);
    assertGolden(
      new URL('../golden/cli/agent-tree.txt', import.meta.url),
      tableText(tree, (_tone, text) => text),
    );
  });

  it('shows an agent that no operator has reconciled', () => {
    const { rows } = agentTree(fresh, [], now);
    assert.deepEqual(rows, [['shop/checkout', { text: '◌ Unknown', tone: 'pending' }, '-', '1h']]);
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
      const diagnosis = diagnoseAgent(agent, 'Running');
      assert.match(diagnosis?.cause ?? '', cause);
      assert.equal(diagnosis?.command, command);
    });
  }

  it('says first of all that no operator is running', () => {
    const healthy = agentWith(condition('Ready', 'True', 'Healthy'));
    assert.match(diagnoseAgent(healthy, 'NotRunning')?.cause ?? '', /^no operator is running: /);
    assert.equal(diagnoseAgent(healthy, 'Unknown'), undefined);
  });
});
