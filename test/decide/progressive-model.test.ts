import assert from 'node:assert/strict';
import fc from 'fast-check';
import type { Action } from '../../operator/api/actions.ts';
import { modelRuns } from '../support/model-runs.ts';
import type { ModuleName } from '../support/model-modules.ts';
import { ProgressiveWorld, type Method } from '../support/progressive-world.ts';

type Move = (world: ProgressiveWorld) => void;

const index = fc.nat(3);
const sizes = fc.array(fc.integer({ min: 1, max: 3 }), { minLength: 1, maxLength: 2 });

/** The operator runs, and may be killed after any of its actions. */
const run = fc.option(fc.nat(5), { nil: Infinity }).map(
  (survives): Move =>
    (world) =>
      turn(world, survives),
);

const move: fc.Arbitrary<Move> = fc.oneof(
  { weight: 12, arbitrary: run },
  {
    weight: 2,
    arbitrary: fc.tuple(index, index).map(
      ([which, pod]): Move =>
        (world) =>
          world.killPod(which, pod),
    ),
  },
  {
    weight: 2,
    arbitrary: fc.tuple(index, fc.nat(4)).map(
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
          world.deploy(which),
    ),
  },
  {
    weight: 2,
    arbitrary: fc.constantFrom(200, 200, 403, 503, undefined).map(
      (status): Move =>
        (world) =>
          (world.gateStatus = status),
    ),
  },
  {
    weight: 1,
    arbitrary: fc.tuple(fc.constantFrom('Canary 1 of 2', 'Canary 2 of 2', 'full'), fc.boolean()).map(
      ([step, isLate]): Move =>
        (world) =>
          world.promote(step, isLate),
    ),
  },
  { weight: 1, arbitrary: fc.constant<Move>((world) => world.abort()) },
  {
    weight: 1,
    arbitrary: fc.boolean().map(
      (paused): Move =>
        (world) =>
          world.setPaused(paused),
    ),
  },
  {
    weight: 1,
    arbitrary: fc.constantFrom<ModuleName>('a', 'b', 'c').map(
      (name): Move =>
        (world) =>
          world.wantModule(name),
    ),
  },
);

/** How many worlds each property is tried in. */
const runs: Readonly<Record<Method, Readonly<Record<'moves' | 'failures' | 'kills' | 'returns', number>>>> = {
  Restart: { moves: 6000, failures: 1000, kills: 750, returns: 250 },
  Live: { moves: 2000, failures: 500, kills: 250, returns: 250 },
};

for (const method of ['Restart', 'Live'] as const) {
  describe(`model: canary steps with a gate and the method ${method}, in a simulated world`, function () {
    this.timeout(300_000);

    it('switches and restarts no more than its steps allow, and ends where it is asked to', () => {
      fc.assert(
        fc.property(sizes, fc.array(move, { maxLength: 14 }), (workloads, moves) => {
          const world = new ProgressiveWorld(workloads, { method, bad: ['c'] });
          world.wantModule('b');
          for (const one of moves) one(world);
          calm(world);
          assert.notEqual(world.uniformModule(), 'c');
          assert.notEqual(world.uniformModule(), undefined);
        }),
        modelRuns(runs[method].moves),
      );
    });

    it('leaves no pod on a failed revision for longer than two runs', () => {
      const failures: fc.Arbitrary<Move> = fc.constantFrom<Move>(
        (world) => world.abort(),
        (world) => (world.gateStatus = 403),
      );
      fc.assert(
        fc.property(sizes, fc.nat(14), failures, (workloads, count, fail) => {
          const world = new ProgressiveWorld(workloads, { method });
          for (let done = 0; done < count; done++) turn(world);
          fail(world);
          for (let done = 0; done < 2; done++) turn(world);
          assert.equal(world.podsOnFailed(), 0);
        }),
        modelRuns(runs[method].failures),
      );
    });

    it('ends the same with kills and without', () => {
      const kills = fc.array(fc.option(fc.nat(4), { nil: Infinity }), { maxLength: 12 });
      const module = fc.constantFrom<ModuleName>('a', 'b', 'c');
      fc.assert(
        fc.property(sizes, kills, module, (workloads, survivals, last) => {
          const ends = [survivals, survivals.map(() => Infinity)].map((list) => {
            const world = new ProgressiveWorld(workloads, { method, bad: ['c'], refused: ['b'] });
            world.wantModule(last);
            for (const survives of list) turn(world, survives);
            calm(world);
            return world.uniformModule();
          });
          assert.equal(ends[0], ends[1]);
          assert.equal(ends[0], last === 'a' ? 'a' : null);
        }),
        modelRuns(runs[method].kills),
      );
    });

    it('goes back to a revision that was stable before by all its steps, whenever the operator is killed', () => {
      const kills = fc.array(fc.option(fc.nat(5), { nil: Infinity }), { minLength: 1, maxLength: 40 });
      fc.assert(
        fc.property(sizes, kills, (workloads, survivals) => {
          const world = new ProgressiveWorld(workloads, { method });
          for (const name of ['b', 'a', 'b'] as const) {
            world.wantModule(name);
            for (const survives of survivals) turn(world, survives);
            calm(world);
            assert.equal(world.uniformModule(), name);
          }
        }),
        modelRuns(runs[method].returns),
      );
    });
  });
}

/** Five seconds, and a run of the operator. */
function turn(world: ProgressiveWorld, survives = Infinity): readonly Action[] {
  world.tick();
  return world.reconcile(survives);
}

/** Turns that are longer than a deadline. */
const restTurns = 6;

/** The gate passes, nobody interferes, and the rollout comes to rest. */
function calm(world: ProgressiveWorld): void {
  world.gateStatus = 200;
  world.setPaused(false);
  for (let which = 0; which < 2; which++) world.scale(which, 2);
  world.calm();
  let idleTurns = 0;
  for (let count = 0; count < 300 && idleTurns < restTurns; count++) {
    idleTurns = turn(world).length === 0 ? idleTurns + 1 : 0;
  }
  assert.ok(idleTurns >= restTurns, 'the rollout does not come to rest');
}
