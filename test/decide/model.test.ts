import assert from 'node:assert/strict';
import fc from 'fast-check';
import { modelRuns } from '../support/model-runs.ts';
import { moduleNames, type ModuleName } from '../support/model-modules.ts';
import { EditedWorld } from '../support/edited-world.ts';
import { OddWorld } from '../support/odd-world.ts';
import { World } from '../support/rollout-world.ts';

type Move = (world: World) => void;

const moduleName = fc.constantFrom<ModuleName>(...moduleNames);
const index = fc.nat(3);

/** What the world and its people do; time and the operator continue in between. */
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
    arbitrary: moduleName.map(
      (name): Move =>
        (world) =>
          world.wantModule(name),
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
    arbitrary: fc.tuple(index, fc.option(moduleName, { nil: undefined })).map(
      ([which, name]): Move =>
        (world) =>
          world.takeOver(which, name),
    ),
  },
  {
    weight: 1,
    arbitrary: fc.constant<Move>((world) => {
      world.retry();
    }),
  },
  {
    weight: 1,
    arbitrary: fc.tuple(index, fc.boolean()).map(
      ([which, isDeleted]): Move =>
        (world) =>
          world.spoilResource(which, isDeleted),
    ),
  },
);

const oddities = ['OnDelete', 'Partitioned', 'Recreate', 'NoSurge', 'NotInjected', 'Gateway'] as const;

/** An owner makes a workload one that the operator is not to restart. */
const odd = fc.tuple(index, fc.constantFrom(...oddities)).map(([which, oddity]) => (world: OddWorld) => {
  world.makeOdd(which, oddity);
});

/** Tools that undo what the operator did. */
const revert: fc.Arbitrary<Move> = fc.tuple(index, fc.boolean()).map(
  ([which, isReplaced]): Move =>
    (world) =>
      isReplaced ? world.replace(which) : world.undo(which),
);

const sizes = fc.array(fc.integer({ min: 0, max: 4 }), { minLength: 1, maxLength: 4 });

describe('model: decide in a simulated world', function () {
  this.timeout(300_000);
  it('ends with the target everywhere if it is good, whatever happened before', () => {
    fc.assert(
      fc.property(sizes, fc.array(move, { maxLength: 60 }), moduleName, (workloads, moves, last) => {
        const world = new World(workloads, new Set());
        for (const one of moves) one(world);
        world.calm();
        settle(world);
        world.wantModule(last);
        settle(world);
        // Another hand may have made it fail.
        world.retry();
        settle(world);
        assert.equal(world.uniformModule(), last);
      }),
      modelRuns(400),
    );
  });

  it('ends with one revision everywhere, never a failed one, when the target is bad', () => {
    fc.assert(
      fc.property(
        fc.array(fc.integer({ min: 1, max: 4 }), { minLength: 1, maxLength: 4 }),
        fc.nat(6),
        (workloads, killed) => {
          const world = new World(workloads, new Set(['b']));
          settle(world);
          world.wantModule('b');
          for (let turn = 0; turn < 100; turn++) {
            world.tick();
            world.reconcile(turn % 7 === killed ? turn % 3 : Infinity);
          }
          settle(world);
          assert.equal(world.uniformModule(), 'a');
        },
      ),
      modelRuns(100),
    );
  });

  it('ends with the target everywhere, and without a storm of restarts, where tools undo its steps', () => {
    fc.assert(
      fc.property(
        fc.array(fc.integer({ min: 1, max: 4 }), { minLength: 1, maxLength: 3 }),
        fc.array(fc.oneof({ weight: 3, arbitrary: revert }, { weight: 2, arbitrary: move }), {
          maxLength: 40,
        }),
        (workloads, moves) => {
          const world = new World(workloads, new Set());
          for (const one of moves) {
            one(world);
            world.tick();
            world.reconcile();
          }
          world.calm();
          settle(world);
          world.wantModule('c');
          settle(world);
          world.retry();
          // Attempts that were undone are repeated an hour later, and then less often.
          repeat(12, () => {
            world.rest();
            settle(world);
          });
          assert.equal(world.uniformModule(), 'c');
        },
      ),
      modelRuns(40),
    );
  });

  it('rolls the next revision out without a hand, after people undid the last one and ran the command that it advised', () => {
    fc.assert(
      fc.property(
        fc.array(fc.integer({ min: 1, max: 4 }), { minLength: 1, maxLength: 4 }),
        fc.array(index, { minLength: 1, maxLength: 4 }),
        fc.nat(4),
        (workloads, patched, ticks) => {
          const world = new EditedWorld(workloads, new Set());
          for (const name of ['a', 'b'] as const) {
            world.wantModule(name);
            settle(world);
          }
          for (const one of patched) world.undoAndPatch(one);
          repeat(ticks, () => world.tick());
          settle(world);
          world.wantModule('c');
          settle(world);
          assert.equal(world.uniformModule(), 'c');
        },
      ),
      modelRuns(50),
    );
  });

  it('keeps its rules when good and bad revisions, other hands and kills come in any order', () => {
    fc.assert(
      fc.property(sizes, fc.array(move, { maxLength: 80 }), (workloads, moves) => {
        const world = new World(workloads, new Set(['b']));
        for (const one of moves) one(world);
        world.calm();
        settle(world);
        world.wantModule('c');
        settle(world);
        world.retry();
        settle(world);
        assert.equal(world.uniformModule(), 'c');
      }),
      modelRuns(400),
    );
  });

  it('restarts no workload that is odd, but for one on a failed revision, and ends with the target when none is', () => {
    const moves = fc.array(fc.oneof({ weight: 9, arbitrary: move }, { weight: 2, arbitrary: odd }), {
      maxLength: 60,
    });
    fc.assert(
      fc.property(sizes, moves, (workloads, all) => {
        const world = new OddWorld(workloads, new Set(['b']));
        for (const one of all) one(world);
        world.calm();
        settle(world);
        world.wantModule('c');
        settle(world);
        world.retry();
        settle(world);
        assert.equal(world.uniformModule(), 'c');
      }),
      modelRuns(100),
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
    idleTurns = world.reconcile().length === 0 ? idleTurns + 1 : 0;
    if (idleTurns > 30) return;
  }
  assert.fail('the rollout does not come to rest');
}
