import assert from 'node:assert/strict';
import fc from 'fast-check';
import { ids, inShort } from '../support/rollout.ts';
import { World, type RevisionId } from '../support/rollout-world.ts';

type Move = (world: World) => void;

const revision = fc.constantFrom<RevisionId>(...Object.values(ids));
const index = fc.nat(3);

/** What the world and its people do; time and the operator go on in between. */
const move: fc.Arbitrary<Move> = fc.oneof(
  { weight: 12, arbitrary: fc.constant<Move>((world) => (world.tick(), world.reconcile())) },
  {
    weight: 3,
    arbitrary: fc.nat(4).map(
      (survives): Move =>
        (world) => (world.tick(), world.reconcile(survives)),
    ),
  },
  {
    weight: 1,
    arbitrary: fc.nat(20).map(
      (ticks): Move =>
        (world) =>
          repeat(ticks, () => world.tick()),
    ),
  },
  {
    weight: 2,
    arbitrary: revision.map(
      (id): Move =>
        (world) =>
          world.wantRevision(id),
    ),
  },
  {
    weight: 1,
    arbitrary: fc.boolean().map(
      (paused): Move =>
        (world) =>
          world.setPaused(paused),
    ),
  },
  {
    weight: 2,
    arbitrary: fc.tuple(index, fc.nat(5)).map(
      ([which, size]): Move =>
        (world) =>
          world.scale(which, size),
    ),
  },
  {
    weight: 1,
    arbitrary: index.map(
      (which): Move =>
        (world) =>
          world.remove(which),
    ),
  },
  {
    weight: 1,
    arbitrary: index.map(
      (which): Move =>
        (world) =>
          world.pauseWorkload(which),
    ),
  },
  {
    weight: 1,
    arbitrary: index.map(
      (which): Move =>
        (world) =>
          world.sicken(which),
    ),
  },
  {
    weight: 1,
    // Less than a deadline, so that the world comes to rest soon.
    arbitrary: fc.integer({ min: -50, max: 50 }).map(
      (skewSeconds): Move =>
        (world) =>
          world.lead(skewSeconds),
    ),
  },
  {
    weight: 1,
    arbitrary: fc.tuple(index, fc.option(revision, { nil: undefined })).map(
      ([which, id]): Move =>
        (world) =>
          world.takeOver(which, id),
    ),
  },
);

const sizes = fc.array(fc.integer({ min: 0, max: 4 }), { minLength: 1, maxLength: 4 });

describe('planRollout in a simulated world', () => {
  it('ends with the target everywhere if it is good, whatever happened before', () => {
    fc.assert(
      fc.property(sizes, fc.array(move, { maxLength: 60 }), revision, (workloads, moves, last) => {
        const world = new World(workloads, new Set());
        for (const one of moves) one(world);
        world.calm();
        settle(world);
        world.wantRevision(last);
        settle(world);
        assert.equal(world.uniformRevision(), last);
      }),
      { numRuns: 400 },
    );
  });

  it('ends with one revision everywhere, never a failed one, when the target is bad', () => {
    fc.assert(
      fc.property(
        fc.array(fc.integer({ min: 1, max: 4 }), { minLength: 1, maxLength: 4 }),
        fc.nat(6),
        (workloads, killed) => {
          const world = new World(workloads, new Set([ids.b]));
          settle(world);
          world.wantRevision(ids.b);
          for (let turn = 0; turn < 100; turn++) {
            world.tick();
            world.reconcile(turn % 7 === killed ? turn % 3 : Infinity);
          }
          settle(world);
          assert.equal(world.uniformRevision(), ids.a);
        },
      ),
      { numRuns: 100 },
    );
  });

  it('keeps its rules when good and bad revisions, other hands and kills come in any order', () => {
    fc.assert(
      fc.property(sizes, fc.array(move, { maxLength: 80 }), (workloads, moves) => {
        const world = new World(workloads, new Set([ids.b]));
        for (const one of moves) one(world);
        world.calm();
        settle(world);
        world.wantRevision(ids.c);
        settle(world);
        assert.equal(world.uniformRevision(), ids.c);
      }),
      { numRuns: 400 },
    );
  });
});

function repeat(times: number, act: () => void): void {
  for (let time = 0; time < times; time++) act();
}

/** Until nothing is done for two deadlines. */
function settle(world: World): void {
  let idleTurns = 0;
  for (let turn = 0; turn < 2000; turn++) {
    world.tick();
    idleTurns = inShort(world.reconcile()).length === 0 ? idleTurns + 1 : 0;
    if (idleTurns > 30) return;
  }
  assert.fail('the rollout does not come to rest');
}
