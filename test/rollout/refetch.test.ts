import assert from 'node:assert/strict';
import type { Pod, Snapshot } from '../../operator/api/snapshot.ts';
import { refetches } from '../../operator/rollout/refetch.ts';
import { ids, inShort, podsOf, snapshotOf, start, workloadAt } from '../support/rollout.ts';
import { stableA } from '../support/rollout-table.ts';

const notFetched = { state: 'NotVerified', message: 'no module', cause: 'NotFetched' } as const;
const [pod] = podsOf(workloadAt('cart', ids.a), notFetched) as [Pod];

function refetched(parts: Partial<Pod>, secondsReady: number, more: Partial<Snapshot> = {}): string[] {
  const pods = [{ ...pod, ...parts }];
  const snapshot = snapshotOf({ revisions: [stableA], now: start + secondsReady * 1000, pods, ...more });
  return inShort(refetches(snapshot));
}

describe('refetches', () => {
  it('makes a proxy fetch again that could not fetch the module, soon after its pod is ready', () => {
    assert.deepEqual(refetched({}, 4.9), []);
    assert.deepEqual(refetched({}, 5), ['refetch cart-0']);
  });

  const waits = [
    { at: 5, next: 15 },
    { at: 15, next: 30 },
    { at: 100, next: 200 },
    { at: 10_000, next: 10_300 },
  ];
  for (const { at, next } of waits) {
    it(`waits from ${at} s to ${next} s after the pod was ready`, () => {
      const parts = { refetchedAt: start + at * 1000 };
      assert.deepEqual(refetched(parts, next - 0.1), []);
      assert.deepEqual(refetched(parts, next), ['refetch cart-0']);
    });
  }

  it('writes the time down in whole seconds, and tells people', () => {
    const pods = podsOf(workloadAt('cart', ids.a), notFetched);
    const actions = refetches(snapshotOf({ revisions: [stableA], now: start + 7_900, pods }));
    assert.deepEqual(actions[0], { kind: 'RefetchModule', podName: 'cart-0', at: start / 1000 + 7 });
    const message =
      "pod cart-0 and 2 others: Istio's agent could not fetch the module; it is made to try again";
    assert.deepEqual(actions.at(-1), { kind: 'Event', type: 'Normal', reason: 'Refetching', message });
  });

  it('does not believe a time that has not come', () => {
    assert.deepEqual(refetched({ refetchedAt: start + 3_600_000 }, 60), ['refetch cart-0']);
  });

  const others: Record<string, [Partial<Pod>, Partial<Snapshot>?]> = {
    'a verified pod': [{ verification: { state: 'Verified' } }],
    'a pod whose filter failed': [{ verification: { ...notFetched, cause: 'NotConfigured' } }],
    'a pod that is not ready': [{ isReady: false, readySince: undefined }],
    'a pod without revision': [{ revision: undefined }],
    'a pod of a revision that is gone': [{ revision: ids.b }],
    'a pod of an earlier agent': [{}, { conflict: { agentName: 'older', workload: 'Deployment cart' } }],
  };
  for (const [what, [parts, more]] of Object.entries(others)) {
    it(`leaves alone ${what}`, () => {
      assert.deepEqual(refetched(parts, 600, more), []);
    });
  }
});
