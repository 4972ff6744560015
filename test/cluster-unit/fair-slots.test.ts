import assert from 'node:assert/strict';
import { FairSlots } from '../../operator/cluster/fair-slots.ts';
import { eventually } from '../support/eventually.ts';

/** Slots whose jobs run until they are released, in the order in which they began. */
function heldSlots(total: number, perGroup: number, notForSlow = 0) {
  const slots = new FairSlots({ total, perGroup, notForSlow });
  const begun: string[] = [];
  const releases: (() => void)[] = [];
  const add = (group: string, name: string) =>
    slots.run(group, () => {
      begun.push(name);
      return new Promise<void>((resolve) => releases.push(resolve));
    });
  const finishOne = async () => {
    const before = begun.length;
    releases.shift()?.();
    await eventually('the next job', () => begun.length > before);
  };
  return { slots, begun, add, finishOne };
}

describe('fair slots', () => {
  it('let groups take turns, however many jobs one of them brings', async () => {
    const { begun, add, finishOne } = heldSlots(1, 1);
    for (const name of ['a1', 'a2', 'a3', 'a4']) void add('a', name);
    void add('b', 'b1');
    void add('c', 'c1');
    for (let jobs = 0; jobs < 5; jobs += 1) await finishOne();
    assert.deepEqual(begun, ['a1', 'b1', 'c1', 'a2', 'a3', 'a4']);
  });

  it('serve first those who wait, also where a group brings its jobs one by one', async () => {
    const { begun, add, finishOne } = heldSlots(1, 1);
    void add('a', 'a1').then(() => add('a', 'a2'));
    void add('b', 'b1');
    void add('b', 'b2');
    void add('c', 'c1');
    for (let jobs = 0; jobs < 4; jobs += 1) await finishOne();
    assert.deepEqual(begun, ['a1', 'b1', 'c1', 'a2', 'b2']);
  });

  it('keep a slot free that a busy group cannot take', () => {
    const { begun, add } = heldSlots(2, 1);
    for (const name of ['a1', 'a2', 'a3']) void add('a', name);
    assert.deepEqual(begun, ['a1']);
    void add('b', 'b1');
    assert.deepEqual(begun, ['a1', 'b1']);
  });

  it('keep a slot from groups that ran into limits, however many there are', () => {
    const { slots, begun, add } = heldSlots(2, 1, 1);
    for (const name of ['a', 'b']) slots.markSlow(name);
    for (const name of ['a1', 'b1']) void add(name.charAt(0), name);
    assert.deepEqual(begun, ['a1']);
    void add('c', 'c1');
    assert.deepEqual(begun, ['a1', 'c1']);
  });

  it('serve groups that ran into limits when nobody else waits', async () => {
    const { slots, begun, add, finishOne } = heldSlots(2, 1, 1);
    for (const name of ['a', 'b']) slots.markSlow(name);
    for (const name of ['a1', 'b1']) void add(name.charAt(0), name);
    await finishOne();
    assert.deepEqual(begun, ['a1', 'b1']);
  });

  it('never run more jobs than there are slots', () => {
    const { begun, add } = heldSlots(2, 1);
    for (const name of ['a1', 'b1', 'c1']) void add(name.charAt(0), name);
    assert.deepEqual(begun, ['a1', 'b1']);
  });

  it('give a result and an error back, and the slot with either', async () => {
    const slots = new FairSlots({ total: 1, perGroup: 1 });
    await assert.rejects(
      slots.run('a', () => Promise.reject(new Error('no'))),
      { message: 'no' },
    );
    assert.equal(await slots.run('a', () => Promise.resolve(7)), 7);
  });

  it('begin nothing after they are closed', async () => {
    const { slots, begun, add } = heldSlots(1, 1);
    void add('a', 'a1');
    void add('b', 'b1');
    slots.close();
    void add('c', 'c1');
    await new Promise(setImmediate);
    assert.deepEqual(begun, ['a1']);
  });
});
