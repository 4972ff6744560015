import assert from 'node:assert/strict';
import { bakedAt, judgeBake } from '../../operator/rollout/bake.ts';
import { at, start } from '../support/rollout.ts';

const running = { seconds: 60, isRunning: true, passes: true };

function judge(
  former: Parameters<typeof judgeBake>[0],
  seconds: number,
  parts: Partial<Parameters<typeof judgeBake>[1]> = {},
) {
  return judgeBake(former, { ...running, now: start + seconds * 1000, ...parts });
}

describe('a bake', () => {
  it('does not begin before the pods run the revision', () => {
    assert.deepEqual(judge(undefined, 0, { isRunning: false }), {
      memory: undefined,
      secondsLeft: undefined,
      isOver: false,
    });
  });

  it('counts from the moment when they do, and is over after its time', () => {
    const begun = judge(undefined, 0);
    assert.deepEqual(begun.memory, { since: at(0), countsFrom: at(0) });
    assert.equal(judge(begun.memory, 59).secondsLeft, 1);
    assert.equal(judge(begun.memory, 59).isOver, false);
    assert.equal(judge(begun.memory, 60).isOver, true);
    assert.equal(judge(begun.memory, 100).secondsLeft, 0);
    assert.equal(bakedAt(begun, 60), at(60));
  });

  it('does not count before the gates have passed once', () => {
    const waiting = judge(undefined, 0, { passes: false });
    assert.deepEqual(waiting.memory, { since: at(0) });
    assert.equal(judge(waiting.memory, 100).memory?.countsFrom, at(100));
  });

  it('adds each interruption to its time', () => {
    const begun = judge(undefined, 0);
    const interrupted = judge(begun.memory, 20, { passes: false });
    assert.equal(bakedAt(interrupted, 60), undefined);
    assert.equal(judge(interrupted.memory, 70, { isRunning: false }).isOver, false);
    const resumed = judge(interrupted.memory, 80);
    assert.equal(resumed.secondsLeft, 40);
    assert.equal(bakedAt(resumed, 60), at(120));
  });

  it('begins to count again where an operator that did not measure the gates before finds that they pass', () => {
    const [first, second] = [at(-1), at(15)];
    const begun = judge(undefined, 0, { measuredSince: first });
    assert.equal(judge(begun.memory, 20, { measuredSince: first }).secondsLeft, 40);
    const unmeasured = judge(begun.memory, 500, { passes: false, measuredSince: undefined });
    assert.equal(unmeasured.isOver, false);
    const resumed = judge(unmeasured.memory, 510, { measuredSince: second });
    assert.equal(resumed.secondsLeft, 60);
    assert.equal(bakedAt(resumed, 60), at(570));
    assert.equal(judge(resumed.memory, 569, { measuredSince: second }).isOver, false);
    assert.equal(judge(resumed.memory, 570, { measuredSince: second }).isOver, true);
  });

  it('keeps what it has counted when its gates are removed', () => {
    const begun = judge(undefined, 0, { measuredSince: at(-1) });
    assert.equal(judge(begun.memory, 20).secondsLeft, 40);
  });

  it('remembers nothing new while nothing happens', () => {
    const begun = judge(undefined, 0);
    assert.deepEqual(judge(begun.memory, 30).memory, begun.memory);
    const interrupted = judge(begun.memory, 20, { passes: false });
    assert.deepEqual(judge(interrupted.memory, 30, { passes: false }).memory, interrupted.memory);
  });

  it('is never longer than its time because a leader had a clock that was ahead', () => {
    const begun = judge(undefined, 1000);
    assert.equal(judge(begun.memory, 0).secondsLeft, 60);
  });
});
