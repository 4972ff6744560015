import assert from 'node:assert/strict';
import { conflictOf } from '../../operator/controller/conflict.ts';
import { trimAgent, trimWorkload, type AgentItem } from '../../operator/controller/items.ts';

const [early, late] = ['2026-01-01T00:00:00Z', '2026-01-01T00:00:01Z'];
const checkout = { matchLabels: { app: 'checkout' } };

function agent(
  name: string,
  createdAt: string,
  changes: { spec?: object; metadata?: object } = {},
): AgentItem {
  const { spec = { selector: checkout }, metadata } = changes;
  return trimAgent({
    metadata: { namespace: 'shop', name, uid: name, creationTimestamp: createdAt, ...metadata },
    spec,
  } as never);
}

const workload = trimWorkload('Deployment', {
  metadata: { namespace: 'shop', name: 'web', uid: 'w', creationTimestamp: early },
  spec: { template: { metadata: { labels: { app: 'checkout', tier: 'web' } } } },
} as never);

/** What the first of these agents conflicts with. */
function conflict(own: AgentItem, ...others: readonly AgentItem[]) {
  assert.ok('agent' in own.parsed);
  return conflictOf([...others, own], own.parsed.agent, [workload]);
}

describe('a conflict of agents', () => {
  it('is the later one’s, and names the earlier one and the workload', () => {
    const [first, second] = [agent('z', early), agent('a', late)];
    assert.deepEqual(conflict(second, first), { agentName: 'z', workload: 'Deployment web' });
    assert.equal(conflict(first, second), undefined);
  });

  it('is decided by name within one second', () => {
    const [first, second] = [agent('a', early), agent('b', early)];
    assert.deepEqual(conflict(second, first)?.agentName, 'a');
    assert.equal(conflict(first, second), undefined);
  });

  it('names the earliest of several', () => {
    assert.equal(conflict(agent('c', late), agent('b', early), agent('a', early))?.agentName, 'a');
  });

  it('is none with an agent of other pods', () => {
    const other = agent('z', early, { spec: { selector: { matchLabels: { app: 'other' } } } });
    assert.equal(conflict(agent('a', late), other), undefined);
  });

  it('is none with an agent that is being deleted, or that cannot be read', () => {
    const deleted = agent('z', early, { metadata: { deletionTimestamp: late } });
    const unread = agent('y', early, { spec: { selector: checkout, backend: { url: 1 } } });
    assert.equal(conflict(agent('a', late), deleted, unread), undefined);
  });
});
