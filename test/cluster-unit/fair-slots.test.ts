import assert from 'node:assert/strict';
import { FairSlots } from '../../operator/cluster/fair-slots.ts';
import { eventually } from '../support/eventually.ts';

class LimitError extends Error {}

const slow = { isLimit: (error: unknown) => error instanceof LimitError, except: '/' };

/** Slots whose jobs run until they are released, in the order in which they began. */
function heldSlots(total: number, perGroup: number, slowSlots?: number) {
  const slots = new FairSlots({
    total,
    perGroup,
    ...(slowSlots === undefined ? {} : { slow: { ...slow, slots: slowSlots } }),
  });
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

/** Jobs of the group that fail one after the other. */
async function fail(slots: FairSlots, group: string, count: number): Promise<void> {
  for (let job = 0; job < count; job += 1) {
    await assert.rejects(slots.run(group, () => Promise.reject(new Error('no'))));
  }
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

  it('let a job know whether more of its group wait', async () => {
    const slots = new FairSlots({ total: 1, perGroup: 1 });
    const report = ({ hasMore }: { readonly hasMore: boolean }) => Promise.resolve(hasMore);
    const jobs = ['a', 'a', 'b'].map((group) => slots.run(group, report));
    // The first one begins before the second one comes.
    const more = slots.run('b', report);
    assert.deepEqual(await Promise.all([...jobs, more]), [false, false, true, false]);
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

  it('count a group as slow that failed three times in a row', async () => {
    const { slots, begun, add } = heldSlots(2, 1, 1);
    for (const name of ['a', 'b']) await fail(slots, name, 3);
    for (const name of ['a1', 'b1']) void add(name.charAt(0), name);
    assert.deepEqual(begun, ['a1']);
    void add('c', 'c1');
    assert.deepEqual(begun, ['a1', 'c1']);
  });

  it('do not count a group as slow whose jobs succeed now and then', async () => {
    const { slots, begun, add } = heldSlots(2, 1, 1);
    for (const name of ['a', 'b']) {
      await fail(slots, name, 2);
      await slots.run(name, () => Promise.resolve());
      await fail(slots, name, 2);
    }
    for (const name of ['a1', 'b1']) void add(name.charAt(0), name);
    assert.deepEqual(begun, ['a1', 'b1']);
  });

  it('never count the excepted group as slow', async () => {
    const { slots, begun, add } = heldSlots(2, 2, 0);
    await fail(slots, '/', 5);
    slots.markSlow('/');
    void add('/', '/1');
    assert.deepEqual(begun, ['/1']);
  });

  it('stop counting a group as slow for its failures when a job of it succeeds', async () => {
    const { slots, begun, add } = heldSlots(2, 1, 1);
    for (const name of ['a', 'b']) {
      await fail(slots, name, 3);
      await slots.run(name, () => Promise.resolve());
    }
    for (const name of ['a1', 'b1']) void add(name.charAt(0), name);
    await eventually('both jobs', () => begun.length === 2);
    assert.deepEqual(begun, ['a1', 'b1']);
  });

  it('do not count a group as slow whose job takes long without CPU time, as on a busy node', async () => {
    let now = 0;
    const slots = new FairSlots({
      total: 2,
      perGroup: 1,
      clock: () => now,
      slow: { ...slow, slots: 0, afterCpuSeconds: 6 },
    });
    await slots.run('a', async ({ onCpuSeconds }) => {
      now += 300_000;
      onCpuSeconds(6);
      return Promise.resolve();
    });
    assert.equal(await slots.run('a', ({ isSlow }) => Promise.resolve(isSlow)), false);
  });

  it('end a job that takes much CPU time when another group waits for its slot, and begin it again later', async () => {
    const slots = new FairSlots({
      total: 2,
      perGroup: 1,
      slow: { ...slow, slots: 1, afterCpuSeconds: 6 },
    });
    const begun: string[] = [];
    const releases: (() => void)[] = [];
    const long = (name: string) =>
      slots.run(name, ({ signal, onCpuSeconds }) => {
        begun.push(name);
        return new Promise<string>((resolve, reject) => {
          releases.push(() => resolve(name));
          signal.addEventListener('abort', () => reject(new Error('ended')));
          setImmediate(onCpuSeconds, 7);
        });
      });
    const results = ['a', 'b'].map(long);
    await slots.run('c', () => Promise.resolve(begun.push('c')));
    assert.deepEqual(begun, ['a', 'b', 'c']);
    for (const release of releases) release();
    await eventually('the job again', () => begun.length === 4);
    for (const release of releases) release();
    assert.deepEqual([begun.at(-1), await Promise.all(results)], ['b', ['a', 'b']]);
  });

  it('count a group as slow at once that ran into a limit', async () => {
    const { slots, begun, add } = heldSlots(2, 1, 0);
    await assert.rejects(slots.run('a', () => Promise.reject(new LimitError())));
    for (const name of ['a1', 'b1']) void add(name.charAt(0), name);
    assert.deepEqual(begun, ['b1']);
  });

  it('give a group with long jobs fewer turns', async () => {
    let now = 0;
    const slots = new FairSlots({ total: 1, perGroup: 1, clock: () => now });
    const begun: string[] = [];
    const job = (name: string, seconds: number) => () => {
      begun.push(name);
      now += seconds * 1000;
      return Promise.resolve();
    };
    const jobs = [1, 2, 3].flatMap((number) => [
      slots.run('long', job(`long${number}`, 10)),
      slots.run('short', job(`short${number}`, 1)),
    ]);
    await Promise.all(jobs);
    assert.deepEqual(begun, ['long1', 'short1', 'short2', 'short3', 'long2', 'long3']);
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
