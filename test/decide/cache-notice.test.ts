import assert from 'node:assert/strict';
import type { Snapshot } from '../../operator/api/snapshot.ts';
import { agentOf, artifact, minimalSpec } from '../support/agent.ts';
import { afterRuns } from '../support/after-runs.ts';
import { eventsOf, snapshotOf, workloadOf } from '../support/rollout.ts';

const cart = workloadOf('cart');

function snapshot(spec: object = {}, parts: Partial<Snapshot> = {}): Snapshot {
  return snapshotOf({ workloads: [cart], owned: [], agent: agentOf({ ...minimalSpec, ...spec }), ...parts });
}

const notices = (seen: Snapshot, runs = 3) =>
  eventsOf(afterRuns(seen, runs).actions).filter((reason) => reason === 'CacheMode').length;

describe('the notice of mode Cache', () => {
  it('is given once for a live workload', () => {
    assert.equal(notices(snapshot(), 6), 1);
  });

  it('is given once for a workload of one pod', () => {
    const one = workloadOf('cart', { desired: 1, updated: 1, ready: 1, total: 1 });
    assert.equal(notices(snapshot({}, { workloads: [one] }), 6), 1);
  });

  it('is given again for the next generation of the spec', () => {
    const settled = afterRuns(snapshot(), 6).snapshot;
    assert.equal(notices(settled), 0);
    assert.equal(notices({ ...settled, agent: { ...settled.agent, generation: 2 } }), 1);
  });

  it('waits for a workload with pods', () => {
    const empty = afterRuns(snapshot({}, { workloads: [workloadOf('cart', { desired: 0 })] }), 4);
    assert.ok(!eventsOf(empty.actions).includes('CacheMode'));
    assert.equal(notices({ ...empty.snapshot, workloads: [cart] }), 1);
  });

  it('names the workload and the mode that replays nothing', () => {
    const { actions } = afterRuns(snapshot(), 4);
    const notice = actions.find((action) => action.kind === 'Event' && action.reason === 'CacheMode');
    assert.match(JSON.stringify(notice), /Deployment\/cart .*spec\.mode: Record/);
  });

  it('is not given for a filter of another author', () => {
    const other = { state: 'Ready', artifact: { ...artifact, readsSpec: false } } as const;
    assert.equal(notices(snapshot({}, { artifact: other })), 0);
  });

  const quiet: [what: string, spec: object][] = [
    ['in mode Record', { mode: 'Record' }],
    ['in mode Replay', { mode: 'Replay' }],
    ['where only sessions are looked up', { backend: { profile: 'Runtime' } }],
    ['for what a workload receives, which the rules of a shared cache keep out', { direction: 'Inbound' }],
    ['where no method is looked up', { lookup: { methods: [] } }],
  ];
  for (const [what, spec] of quiet) {
    it(`is not given ${what}`, () => assert.equal(notices(snapshot(spec)), 0));
  }

  it('is given for inbound requests where no rules limit replays', () => {
    assert.equal(notices(snapshot({ direction: 'Inbound', lookup: { cacheRules: 'None' } })), 1);
  });
});
