import fc from 'fast-check';
import assert from 'node:assert/strict';
import { ApiError } from '../../operator/cluster/api-error.ts';
import { WorkQueue, type Outcome } from '../../operator/cluster/work-queue.ts';
import { eventually } from '../support/eventually.ts';

const ignore = () => undefined;

describe('work queue', () => {
  it('works on what was added before the start', async () => {
    const done: string[] = [];
    await using queue = new WorkQueue({
      concurrency: 1,
      failed: ignore,
      work: (key) => {
        done.push(key);
        return Promise.resolve(undefined);
      },
    });
    for (const key of ['a', 'b', 'a']) queue.add(key);
    assert.equal(queue.depth, 2);
    queue.start();
    await eventually('both', () => done.length === 2);
    assert.deepEqual(done, ['a', 'b']);
  });

  it('never works on one key twice at once, keeps to its concurrency, and loses no key', async () => {
    const additions = fc.array(fc.tuple(fc.constantFrom('a', 'b', 'c', 'd'), fc.boolean()), {
      maxLength: 40,
    });
    await fc.assert(
      fc.asyncProperty(additions, fc.integer({ min: 1, max: 3 }), async (keys, concurrency) => {
        const running = new Set<string>();
        /** Additions of a key that no run has begun after. */
        const pending = new Set<string>();
        let isRight = true;
        await using queue = new WorkQueue({
          concurrency,
          failed: ignore,
          work: async (key) => {
            isRight &&= !running.has(key) && running.size < concurrency;
            running.add(key);
            pending.delete(key);
            await new Promise(setImmediate);
            running.delete(key);
            return undefined;
          },
        });
        queue.start();
        for (const [key, yields] of keys) {
          pending.add(key);
          queue.add(key);
          if (yields) await new Promise(setImmediate);
        }
        await eventually('every key', () => pending.size === 0 && running.size === 0 && queue.depth === 0);
        assert.ok(isRight);
      }),
      { numRuns: 50 },
    );
  });

  it('lets the groups of its keys take turns, and keeps a slot that a busy group cannot take', async () => {
    const begun: string[] = [];
    const releases: (() => void)[] = [];
    await using queue = new WorkQueue({
      concurrency: 2,
      groupOf: (key) => key.charAt(0),
      failed: ignore,
      work: (key) => {
        begun.push(key);
        return new Promise((resolve) => releases.push(() => resolve(undefined)));
      },
    });
    for (const key of ['a1', 'a2', 'a3', 'b1', 'b2']) queue.add(key);
    queue.start();
    assert.deepEqual(begun, ['a1', 'b1']);
    queue.add('c1');
    for (const expected of ['c1', 'a2', 'b2', 'a3']) {
      releases.shift()?.();
      await eventually(`the start of ${expected}`, () => begun.includes(expected));
    }
    for (const release of releases) release();
  });

  it('tries a failed key again, later each time', async () => {
    const times: number[] = [];
    const failures: unknown[] = [];
    const outcomes: Outcome[] = [];
    await using queue = new WorkQueue({
      concurrency: 1,
      failed: (_key, error) => failures.push(error),
      observer: { added: ignore, started: ignore, finished: (outcome) => outcomes.push(outcome) },
      work: () => {
        times.push(performance.now());
        return times.length < 3 ? Promise.reject(new Error('no')) : Promise.resolve(undefined);
      },
    });
    queue.start();
    queue.add('a');
    await eventually('the success', () => outcomes.length === 3);
    assert.equal(failures.length, 2);
    assert.deepEqual(outcomes, ['error', 'error', 'success']);
    const [first = 0, second = 0, third = 0] = times;
    // A busy machine makes waits longer, never shorter; a timer may be early by a millisecond.
    assert.ok(second - first >= 240, `the first wait is ${second - first} ms`);
    assert.ok(third - second >= 490, `the second wait is ${third - second} ms`);
  });

  it('comes back after the time that the work asked for, or at the next addition', async () => {
    let runs = 0;
    await using queue = new WorkQueue({
      concurrency: 1,
      failed: ignore,
      work: () => Promise.resolve((runs += 1) === 1 ? 0.01 : 3600),
    });
    queue.start();
    queue.add('a');
    await eventually('the second run', () => runs === 2);
    queue.add('a');
    await eventually('the third run', () => runs === 3);
  });

  it('drains: waits for what runs, begins nothing more', async () => {
    const { promise: released, resolve: release } = Promise.withResolvers<undefined>();
    const begun: string[] = [];
    const ended: string[] = [];
    const queue = new WorkQueue({
      concurrency: 1,
      failed: ignore,
      work: async (key) => {
        begun.push(key);
        await released;
        ended.push(key);
        return undefined;
      },
    });
    queue.start();
    queue.add('a');
    queue.add('b');
    const drained = queue[Symbol.asyncDispose]();
    queue.add('c');
    release(undefined);
    await drained;
    assert.deepEqual({ begun, ended }, { begun: ['a'], ended: ['a'] });
  });
});

describe('a work queue whose server asks it to wait', () => {
  it('tries a failed key again no earlier than that', async () => {
    const seen: number[] = [];
    await using queue = new WorkQueue({
      concurrency: 1,
      work: () => {
        seen.push(performance.now());
        return seen.length === 1 ? Promise.reject(new ApiError(429, {}, 1)) : Promise.resolve(undefined);
      },
      failed: () => undefined,
    });
    queue.start();
    queue.add('a');
    await eventually('the second try', () => seen.length === 2);
    assert.ok(seen[1]! - seen[0]! >= 990);
  });
});
