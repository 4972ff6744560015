import assert from 'node:assert/strict';
import { findConflict } from '../../operator/decide/conflict.ts';
import { agentOf, minimalSpec } from '../support/agent.ts';
import { workloadOf } from '../support/rollout.ts';

const [early, late] = ['2026-01-01T00:00:00Z', '2026-01-01T00:00:01Z'];

function agent(name: string, createdAt: string, spec: object = minimalSpec) {
  return { ...agentOf(spec), name, createdAt };
}

type Agent = ReturnType<typeof agent>;

const workloads = [workloadOf('web', { templateLabels: { app: 'checkout', tier: 'web' } })];

/** What the first of these agents conflicts with. */
function conflict(own: Agent, ...others: readonly Agent[]) {
  const otherAgents = others.map(({ name, createdAt, spec: { selector } }) => ({
    name,
    createdAt,
    selector,
  }));
  return findConflict({ agent: own, otherAgents, workloads });
}

describe('a conflict of agents', () => {
  it('is the later one’s, and names the earlier one and the workload', () => {
    const [first, second] = [agent('z', early), agent('a', late)];
    assert.deepEqual(conflict(second, first), {
      reason: 'AgentConflict',
      message:
        'SpAgent shop/a: SpAgent shop/z is older and already selects Deployment web; narrow one of the two selectors',
    });
    assert.equal(conflict(first, second), undefined);
  });

  it('is decided by name within one second', () => {
    const [first, second] = [agent('a', early), agent('b', early)];
    assert.match(conflict(second, first)?.message ?? '', /SpAgent shop\/a is older/);
    assert.equal(conflict(first, second), undefined);
  });

  it('names the earliest of several', () => {
    const [own, first, second] = [agent('c', late), agent('a', early), agent('b', early)];
    for (const others of [
      [first, second],
      [second, first],
    ]) {
      assert.match(conflict(own, ...others)?.message ?? '', /SpAgent shop\/a is older/);
    }
  });

  it('is none with an agent of other pods', () => {
    const other = agent('z', early, { selector: { matchLabels: { app: 'other' } } });
    assert.equal(conflict(agent('a', late), other), undefined);
  });

  it('is one where an expression selects the workload too, and none where it leaves it out', () => {
    const tier = (operator: string) =>
      agent('z', early, { selector: { matchExpressions: [{ key: 'tier', operator, values: ['web'] }] } });
    assert.equal(conflict(agent('a', late), tier('In'))?.reason, 'AgentConflict');
    assert.equal(conflict(agent('a', late), tier('NotIn')), undefined);
  });
});
