import assert from 'node:assert/strict';
import type { Pod } from '../../operator/api/pod.ts';
import type { Snapshot } from '../../operator/api/snapshot.ts';
import { planRefetches } from '../../operator/decide/refetch.ts';
import { ids, inShort, podsOf, snapshotOf, start, workloadAt } from '../support/rollout.ts';
import { stableA } from '../support/rollout-table.ts';

const notFetched = { state: 'NotVerified', message: 'no module', cause: 'NotFetched' } as const;
const [pod] = podsOf(workloadAt('cart', ids.a), notFetched) as [Pod];

function refetched(parts: Partial<Pod>, secondsReady: number, more: Partial<Snapshot> = {}): string[] {
  const now = start + secondsReady * 1000;
  const pods = [{ ...pod, askedAt: now, ...parts }];
  const snapshot = snapshotOf({ revisions: [stableA], now, pods, ...more });
  return inShort(planRefetches(snapshot, undefined).actions);
}

describe('refetches', () => {
  it('makes a proxy fetch again that could not fetch the module, soon after its pod is ready', () => {
    assert.deepEqual(refetched({}, 9.9), []);
    assert.deepEqual(refetched({}, 10), ['refetch cart-0']);
  });

  const waits = [
    { at: 10, next: 20 },
    { at: 20, next: 40 },
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

  it('records the time in full seconds, and posts an event', () => {
    const now = start + 12_900;
    const pods = podsOf(workloadAt('cart', ids.a), notFetched).map((one) => ({ ...one, askedAt: now }));
    const { actions } = planRefetches(snapshotOf({ revisions: [stableA], now, pods }), undefined);
    assert.deepEqual(actions[0], { kind: 'RefetchModule', podName: 'cart-0', at: start / 1000 + 12 });
    const message =
      "pod cart-0 and 2 others: Istio's agent could not fetch the module; it is made to try again";
    assert.deepEqual(actions.at(-1), { kind: 'Event', type: 'Normal', reason: 'Refetching', message });
  });

  it('counts the other pods that it makes fetch again', () => {
    const now = start + 60_000;
    const [first, second] = podsOf(workloadAt('cart', ids.a), notFetched).map((one) => ({
      ...one,
      askedAt: now,
    }));
    const note = (pods: readonly (Pod | undefined)[]) => {
      const lacking = pods.filter((one) => one !== undefined);
      const snapshot = snapshotOf({ revisions: [stableA], now, pods: lacking });
      const event = planRefetches(snapshot, undefined).actions.find((action) => action.kind === 'Event');
      return event?.message.split(':')[0];
    };
    assert.deepEqual([note([first]), note([first, second])], ['pod cart-0', 'pod cart-0 and 1 others']);
  });

  it('wants an answer from after the time it is due: the module may have come meanwhile', () => {
    assert.deepEqual(refetched({ askedAt: start + 9_900 }, 60), []);
    assert.deepEqual(refetched({ askedAt: start + 10_000 }, 60), ['refetch cart-0']);
  });

  const next = (secondsReady: number, pods: readonly Pod[]) => {
    const now = start + secondsReady * 1000;
    const asked = pods.map((one) => ({ ...one, askedAt: now }));
    return planRefetches(snapshotOf({ revisions: [stableA], now, pods: asked }), undefined).nextLook;
  };

  it('wants to be asked again when the next pod is due', () => {
    const [first, second] = podsOf(workloadAt('cart', ids.a), notFetched) as [Pod, Pod];
    assert.equal(next(2.5, [first]), 8);
    assert.equal(next(10, [first]), 10);
    assert.equal(next(40, [{ ...first, refetchedAt: start + 39_000 }, second]), 38);
    assert.equal(next(10, [{ ...first, verification: { state: 'Verified' } }]), undefined);
    assert.equal(next(2.5, [first, { ...second, isReady: false, readySince: undefined }]), 8);
  });

  it('leaves pods over for the next run when there are many', () => {
    const askedAt = start + 60_000;
    const pods = Array.from({ length: 60 }, (_, index) => ({ ...pod, name: `cart-${index}`, askedAt }));
    assert.equal(refetched({}, 60, { pods }).length, 50);
    assert.equal(next(60, pods), 1);
  });

  it('waits at least 10 s between two attempts', () => {
    const parts = { refetchedAt: start + 5000 };
    assert.deepEqual(refetched(parts, 14.9), []);
    assert.deepEqual(refetched(parts, 15), ['refetch cart-0']);
  });

  it('counts from when a running pod was switched, or was ready after that', () => {
    const switchedAt = (seconds: number) => ({ templateRevision: ids.b, askedSince: start + seconds * 1000 });
    assert.deepEqual(refetched(switchedAt(100), 109), []);
    assert.deepEqual(refetched(switchedAt(100), 110), ['refetch cart-0']);
    assert.deepEqual(refetched(switchedAt(-50), 9), []);
    assert.deepEqual(refetched({ templateRevision: ids.b, askedSince: undefined }, 10), ['refetch cart-0']);
    assert.deepEqual(refetched({ askedSince: start + 100_000 }, 10), ['refetch cart-0']);
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
  };
  for (const [what, [parts, more]] of Object.entries(others)) {
    it(`leaves alone ${what}`, () => {
      assert.deepEqual(refetched(parts, 600, more), []);
    });
  }

  it('leaves alone the pods that an earlier agent has', () => {
    const now = start + 600_000;
    const snapshot = snapshotOf({ revisions: [stableA], now, pods: [{ ...pod, askedAt: now }] });
    const conflict = { reason: 'AgentConflict', message: 'SpAgent shop/older' } as const;
    assert.deepEqual(planRefetches(snapshot, conflict), { actions: [], nextLook: undefined });
  });
});
