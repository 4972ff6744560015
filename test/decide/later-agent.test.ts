import assert from 'node:assert/strict';
import type { Snapshot } from '../../operator/api/snapshot.ts';
import { decide } from '../../operator/decide/decide.ts';
import type { Workload } from '../../operator/api/workload.ts';
import { agentOf, minimalSpec } from '../support/agent.ts';
import { afterRuns } from '../support/after-runs.ts';
import { ids, snapshotOf, workloadOf } from '../support/rollout.ts';

describe('decide for a workload that a later agent has already', () => {
  const { selector } = agentOf(minimalSpec).spec;
  const later = [{ name: 'later', createdAt: '2030-01-01T00:00:00Z', selector }];
  const templateLabels = { app: 'checkout', 'revision.softprobe.ai/later': ids.b };
  const labelled = (otherAgents: Snapshot['otherAgents'], parts: Partial<Workload> = { templateLabels }) => {
    const held = workloadOf('cart', parts);
    const { snapshot, actions } = afterRuns(snapshotOf({ otherAgents, owned: [], workloads: [held] }), 3);
    const status = decide(snapshot).status;
    return { isLabelled: actions.some(({ kind }) => kind === 'SetWorkloadRevision'), status };
  };

  it('leaves it out: its proxies would run two filters', () => {
    const { isLabelled, status } = labelled(later);
    assert.ok(!isLabelled);
    assert.equal(status?.workloads?.[0]?.skipped?.reason, 'AgentConflict');
  });

  it('leaves it out where only running pods were switched to the later agent', () => {
    const { isLabelled, status } = labelled(later, { agentsOfPods: ['later'] });
    assert.ok(!isLabelled);
    assert.equal(status?.workloads?.[0]?.skipped?.reason, 'AgentConflict');
    assert.ok(labelled([], { agentsOfPods: ['later'] }).isLabelled);
  });

  it('keeps one that has its own filter already, though pods carry the label of the later agent too', () => {
    const agentsOfPods = ['checkout', 'later'];
    assert.ok(labelled(later, { agentsOfPods }).isLabelled);
  });

  it('takes it once the later agent is gone, or does not select it', () => {
    assert.ok(labelled([]).isLabelled);
    const elsewhere = { ...selector, matchLabels: { app: 'other' } };
    assert.ok(labelled([{ ...later[0]!, selector: elsewhere }]).isLabelled);
  });
});
