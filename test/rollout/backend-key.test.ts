import assert from 'node:assert/strict';
import type { Workload } from '../../operator/api/workload.ts';
import { ids, stepTo, revisionOf, workloadAt, workloadOf } from '../support/rollout.ts';
import { plan } from '../support/rollout-table.ts';

const { data } = revisionOf(ids.b);
const publicKey = { secretName: 'backend', key: 'publicKey', digest: 'd'.repeat(64) };
const keyed = revisionOf(ids.b, { number: 2, data: { ...data, publicKey } });

/** The steps that are taken, each as it is written on its workload. */
function steps(workload: Workload, target = keyed) {
  return plan(target, { workloads: [workload] }).actions.flatMap((action) =>
    action.kind === 'SetWorkloadRevision' ? [action.step] : [],
  );
}

describe("the backend's key in a rollout", () => {
  it('is given to a workload whose pods have a sidecar', () => {
    assert.deepEqual(steps(workloadOf('cart')), [{ ...stepTo(ids.b, 0), hasKey: true }]);
  });

  it('is not given to one whose pods have none, as its pods would never start', () => {
    assert.deepEqual(steps(workloadOf('cart', { isInjected: false })), [stepTo(ids.b, 0)]);
  });

  it('is given by one more step once the pods have a sidecar', () => {
    assert.deepEqual(steps(workloadAt('cart', ids.b)), [{ ...stepTo(ids.b, 0), hasKey: true }]);
  });

  it('is not given again to one that took it, whatever somebody made of its template since', () => {
    const step = { ...stepTo(ids.b, -10), hasKey: true } as const;
    assert.deepEqual(steps(workloadAt('cart', ids.b, { step })), []);
  });

  it('is no matter of a revision without one', () => {
    const plain = revisionOf(ids.b, { number: 2 });
    assert.deepEqual(steps(workloadAt('cart', ids.b), plain), []);
    assert.deepEqual(steps(workloadOf('cart'), plain), [stepTo(ids.b, 0)]);
  });
});
