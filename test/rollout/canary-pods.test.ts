import assert from 'node:assert/strict';
import { chooseCanaries } from '../../operator/rollout/steps/canary-pods.ts';
import { at, podOf } from '../support/rollout.ts';

describe('the choice of canaries', () => {
  const on = (name: string, node: string, created = -100) =>
    podOf(name, { workload: name.slice(0, 1), node, createdAt: at(created) });

  it('spreads over workloads, then over nodes, and takes the oldest first', () => {
    const candidates = [
      on('a1', 'n1', -10),
      on('a2', 'n1', -20),
      on('a3', 'n2', -5),
      on('b1', 'n1', -99),
      on('b2', 'n2', -1),
    ];
    const chosen = chooseCanaries(candidates, [], 4).map(({ name }) => name);
    assert.deepEqual(chosen, ['b1', 'a3', 'a2', 'b2']);
  });

  it('takes pods of the same age by name, so that each run takes the same', () => {
    const chosen = chooseCanaries([on('a2', 'n1'), on('a1', 'n2'), on('a3', 'n3')], [], 2);
    assert.deepEqual(
      chosen.map(({ name }) => name),
      ['a1', 'a2'],
    );
  });

  it('counts those that are in it already', () => {
    const present = [on('a0', 'n1')];
    const [chosen] = chooseCanaries([on('a1', 'n2'), on('b1', 'n1')], present, 1);
    assert.equal(chosen?.name, 'b1');
  });

  it('takes what there is', () => {
    assert.deepEqual(chooseCanaries([], [], 3), []);
  });
});
