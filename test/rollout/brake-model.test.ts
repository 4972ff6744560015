import assert from 'node:assert/strict';
import { turnOf, type BrakedWorkload } from '../../operator/rollout/brake.ts';
import { planRollout } from '../../operator/rollout/plan.ts';
import { at, ids, inShort, options, revisionOf, snapshotOf, start, workloadAt } from '../support/rollout.ts';

const settled = { isObserved: true, desired: 3, updated: 3, ready: 3, total: 3 };
const restarting = { ...settled, updated: 1, ready: 2 };
const stableA = revisionOf(ids.a, { stableSince: at(-5) });
const targetB = revisionOf(ids.b, { number: 2 });

function planWith(turn: ReturnType<typeof turnOf>) {
  const workloads = [workloadAt('web', ids.a)];
  return planRollout(snapshotOf({ revisions: [stableA, targetB], workloads, turn }), targetB, options);
}

describe('300 agents that get a new revision at the same time', () => {
  it('never restart more workloads than the brake allows, and all of them at last, oldest change first', () => {
    const agents = Array.from({ length: 300 }, (_, index) => ({
      key: `shop/agent-${index}`,
      since: at(-300 + index),
      state: 'Idle' as 'Idle' | 'Waiting' | 'Restarting' | 'Done',
    }));
    const seen: BrakedWorkload[] = Array.from({ length: 300 }, () => ({ ...settled, since: at(-3600) }));
    const order: number[] = [];
    for (let round = 0; round < 200 && order.length < agents.length; round += 1) {
      // In another order each time: which agent is looked at first is chance.
      for (let offset = 0; offset < agents.length; offset += 1) {
        const index = (offset * 7 + round * 13) % agents.length;
        const agent = agents[index];
        if (agent === undefined || agent.state === 'Done') continue;
        if (agent.state === 'Restarting') {
          seen[index] = { ...settled, since: at(0) };
          agent.state = 'Done';
          continue;
        }
        const waiting = agents.filter(({ state }) => state === 'Waiting');
        const own = turnOf(agent, { workloads: seen, underWay: 0, waiting, limit: undefined, now: start });
        const taken = inShort(planWith(own).actions).length;
        agent.state = taken > 0 ? 'Restarting' : 'Waiting';
        if (taken === 0) continue;
        seen[index] = { ...restarting, since: at(0) };
        order.push(index);
        const inMotion = agents.filter(({ state }) => state === 'Restarting').length;
        assert.ok(inMotion <= 15, `${inMotion} are in motion`);
      }
    }
    assert.equal(order.length, 300);
    // The first ones came before anybody waited; from then on a place goes to one of those that have waited longest.
    const late = order.slice(30).map((index, position) => Math.abs(index - position - 30));
    assert.ok(Math.max(...late) <= 45, `out of order by ${Math.max(...late)}`);
  });
});
