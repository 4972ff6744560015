import assert from 'node:assert/strict';
import type { Action } from '../../operator/api/actions.ts';
import type { Snapshot } from '../../operator/api/snapshot.ts';
import { RolloutWatch } from '../../operator/controller/rollout-watch.ts';
import { agentOf, minimalSpec } from '../support/agent.ts';
import { at, ids, podOf, revisionOf, snapshotOf, start } from '../support/rollout.ts';

const failure = { reason: 'GateFailed', message: 'too many errors', at: at(0) } as const;
const markFailed: Action = { kind: 'MarkFailed', revisionId: ids.b, failure };
const stable = revisionOf(ids.a, { stableSince: at(-50) });
const failed = revisionOf(ids.b, { failure });

function watching() {
  const seen: (readonly [string, string | number | undefined])[] = [];
  const watch = new RolloutWatch({
    completed: (seconds) => seen.push(['completed', seconds]),
    failed: (reason) => seen.push(['failed', reason]),
    podsBack: (seconds) => seen.push(['podsBack', seconds]),
  });
  return { watch, seen };
}

function snapshotAfter(seconds: number, parts: Partial<Snapshot>): Snapshot {
  return { ...snapshotOf({ revisions: [stable, failed], ...parts }), now: start + seconds * 1000 };
}

describe('what metrics see of rollouts', () => {
  it('is a failure with its reason, and the time until the last pod has left the revision', () => {
    const { watch, seen } = watching();
    const canary = podOf('new-1', { revision: ids.b });
    watch.acted(snapshotAfter(0, { pods: [canary] }), markFailed);
    watch.observed(snapshotAfter(0.25, { pods: [canary, podOf('old-1')] }));
    assert.deepEqual(seen, [['failed', 'GateFailed']]);
    watch.observed(snapshotAfter(0.5, { pods: [podOf('new-1')] }));
    watch.observed(snapshotAfter(9, { pods: [podOf('new-1')] }));
    assert.deepEqual(seen.slice(1), [['podsBack', 0.5]]);
  });

  it('is no return of pods where the revision is tried again, or where it stays', () => {
    const { watch, seen } = watching();
    watch.acted(snapshotAfter(0, {}), markFailed);
    watch.observed(snapshotAfter(5, { revisions: [stable, revisionOf(ids.b)] }));
    const agent = agentOf({ ...minimalSpec, rollout: { autoRollback: false } });
    watch.acted(snapshotAfter(6, { agent }), markFailed);
    watch.observed(snapshotAfter(600, { agent, pods: [] }));
    assert.deepEqual(
      seen.map(([what]) => what),
      ['failed', 'failed'],
    );
  });

  it('is a rollout that completes, with the time since it began, and not the same revision marked again', () => {
    const { watch, seen } = watching();
    const markStable = (revisionId: string): Action => ({ kind: 'MarkStable', revisionId, since: at(60) });
    const { agent } = snapshotOf();
    const progressing = {
      type: 'Progressing',
      status: 'True',
      reason: 'Progressing',
      message: '',
      lastTransitionTime: at(-30),
      observedGeneration: 1,
    } as const;
    const underWay = { ...agent, status: { conditions: [progressing] } };
    watch.acted(snapshotAfter(60, { agent: underWay }), markStable(ids.b));
    watch.acted(snapshotAfter(60, {}), markStable(ids.b));
    watch.acted(snapshotAfter(60, { agent: underWay }), markStable(ids.a));
    assert.deepEqual(seen, [
      ['completed', 90],
      ['completed', undefined],
    ]);
  });
});
