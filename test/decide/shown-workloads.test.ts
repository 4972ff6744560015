import assert from 'node:assert/strict';
import { shownWorkloads } from '../../operator/decide/shown-workloads.ts';

const complete = { kind: 'Deployment', desired: 3, updated: 3, ready: 3, verified: 3 };
const skipped = { reason: 'Paused', message: 'its owner has it paused' };

describe('workloads that a status lists', () => {
  it('are all of a few, in their order', () => {
    const few = [
      { ...complete, name: 'a' },
      { ...complete, name: 'b', ready: 0 },
    ];
    assert.deepEqual(shownWorkloads(few), { workloads: few, workloadCount: 2 });
  });

  it('are 20 of many: those that are left out, then those whose pods are missing, then the others, in their order', () => {
    const many = Array.from({ length: 500 }, (_, index) => ({ ...complete, name: `app-${index}` }));
    const updating = { ...complete, name: 'updating', updated: 1 };
    const loaded = { ...complete, name: 'loaded', verified: 0, loaded: 3 };
    const unverified = { ...complete, name: 'unverified', verified: 2 };
    const without = Array.from({ length: 20 }, (_, index) => ({
      ...complete,
      name: `no-pods-${index}`,
      desired: 0,
      skipped,
    }));
    const leftOut = { ...complete, name: 'left-out', skipped };
    const { workloads = [], workloadCount } = shownWorkloads([
      ...without,
      ...many,
      loaded,
      updating,
      leftOut,
      unverified,
    ]);
    assert.equal(workloadCount, 524);
    assert.deepEqual(
      workloads.map(({ name }) => name),
      [...many.slice(0, 17).map(({ name }) => name), 'updating', 'left-out', 'unverified'],
    );
  });
});
