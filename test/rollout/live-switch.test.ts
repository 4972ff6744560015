import assert from 'node:assert/strict';
import { firstMemory } from '../../operator/rollout/memory.ts';
import {
  at,
  eventsOf,
  ids,
  podOf,
  revisionOf,
  snapshotOf,
  workloadAt,
  workloadOf,
} from '../support/rollout.ts';
import { RolloutRun, stableWorld } from '../support/rollout-run.ts';
import { failedB, plan, stableA, targetB } from '../support/rollout-table.ts';
import { inShort } from '../support/rollout.ts';

const refused = {
  verification: { state: 'NotVerified', message: 'refused', cause: 'Refused' },
} as const;

/** Two workloads of three pods without a restart: their templates say nothing of the revision. */
function liveWorld(...names: string[]) {
  const { pods } = stableWorld(...names);
  return {
    workloads: names.map((name) => workloadOf(name)),
    pods: pods.map((pod) => podOf(pod.name, { ...pod, revision: undefined, templateRevision: undefined })),
  };
}

/** A rollout of revision a to completion, without a restart. */
function completed(...names: string[]): RolloutRun {
  const world = { rollout: { method: 'Live' }, ...liveWorld(...names), revisions: [revisionOf(ids.a)] };
  const run = new RolloutRun(world, ids.a);
  for (let turn = 0; turn <= names.length; turn++) run.run();
  return run;
}

function toB({ snapshot }: RolloutRun): RolloutRun {
  return new RolloutRun({ ...snapshot, revisions: [...snapshot.revisions, targetB] });
}

describe('a rollback', () => {
  it('takes every pod off the failed revision at once, restarted ones too, then the templates', () => {
    const { workloads, pods } = stableWorld('cart', 'web');
    const [, web] = workloads;
    const actions = plan(failedB, {
      workloads: [workloadAt('cart', ids.b), web!],
      pods: pods.map((pod) =>
        pod.workload === 'Deployment/cart' ? { ...pod, revision: ids.b, templateRevision: ids.b } : pod,
      ),
    }).actions;
    assert.deepEqual(inShort(actions), [
      ...[0, 1, 2].map((index) => `cart-${index} → ${ids.a}`),
      `Deployment/cart → ${ids.a}`,
    ]);
    assert.ok(eventsOf(actions).includes('SwitchedBack'));
  });

  it('takes the label off where no revision is stable', () => {
    const pods = [podOf('cart-0', { workload: 'Deployment/cart', revision: ids.b })];
    const world = { revisions: [failedB], workloads: [workloadAt('cart', ids.b)], pods };
    assert.deepEqual(inShort(plan(failedB, world).actions), ['cart-0 → none', 'Deployment/cart → none']);
  });

  it('switches a pod that starts with a failed revision as soon as it is seen', () => {
    const pods = [
      podOf('cart-0', { workload: 'Deployment/cart', revision: ids.a, templateRevision: ids.b }),
      podOf('cart-1', { workload: 'Deployment/cart', revision: ids.b, isReady: false }),
    ];
    const world = { workloads: [workloadAt('cart', ids.a, { updated: 1 })], pods };
    assert.deepEqual(inShort(plan(failedB, world).actions), [`cart-1 → ${ids.a}`]);
  });

  it('leaves pods alone whose proxies lack the key of the stable revision: they are restarted', () => {
    const withKey = {
      ...stableA,
      data: { ...stableA.data, publicKey: { secretName: 'key', key: 'k', digest: 'a'.repeat(64) } },
    };
    const pods = [podOf('cart-0', { workload: 'Deployment/cart', revision: ids.b })];
    const world = { revisions: [withKey, failedB], workloads: [workloadAt('cart', ids.b)], pods };
    assert.deepEqual(inShort(plan(failedB, world).actions), [`Deployment/cart → ${ids.a}`]);
  });

  it('takes all templates back at once where the pods cannot be switched', () => {
    const withKey = {
      ...stableA,
      data: { ...stableA.data, publicKey: { secretName: 'key', key: 'k', digest: 'a'.repeat(64) } },
    };
    const names = ['cart', 'web', 'ship'];
    const pods = names.map((name) => podOf(name, { workload: `Deployment/${name}`, revision: ids.b }));
    const workloads = names.map((name) => workloadAt(name, ids.b));
    const world = { revisions: [withKey, failedB], workloads, pods };
    assert.deepEqual(
      inShort(plan(failedB, world).actions),
      names.map((name) => `Deployment/${name} → ${ids.a}`),
    );
  });

  it('does nothing to pods that run what they are to run', () => {
    const world = stableWorld('cart');
    assert.deepEqual(plan(stableA, world).actions, []);
  });
});

describe('the method Live', () => {
  it('switches the running pods, workload by workload, and changes no template', () => {
    const run = new RolloutRun({ rollout: { method: 'Live' }, ...liveWorld('cart', 'web') });
    assert.deepEqual(
      run.run().does,
      [0, 1, 2].map((index) => `cart-${index} → ${ids.b}`),
    );
    assert.deepEqual(
      run.run().does,
      [0, 1, 2].map((index) => `web-${index} → ${ids.b}`),
    );
    const { does, plan } = run.run();
    assert.deepEqual(does, [`MarkStable ${ids.b}`]);
    assert.equal(plan.progress.state, 'Complete');
    assert.match(plan.progress.message, /has no filter until one does$/);
    assert.deepEqual(run.run().does, []);
  });

  it('waits for the proxies of a workload before the next one', () => {
    const run = new RolloutRun({ rollout: { method: 'Live' }, ...liveWorld('cart', 'web') });
    run.run();
    run.changePod('cart-1', {
      verification: { state: 'NotVerified', message: 'no module', cause: 'Unclear' },
    });
    const { does, plan } = run.run();
    assert.deepEqual(does, []);
    assert.match(plan.progress.message, /cart: 2 of 3 pods run revision bbbbbbbbbbbb; pod cart-1: no module/);
  });

  it('switches a new pod as soon as it is seen, to what its workload has', () => {
    const run = completed('cart', 'web');
    const fresh = (name: string) =>
      podOf(`${name}-new`, { workload: `Deployment/${name}`, revision: undefined, isReady: false });
    run.change({ pods: [...run.snapshot.pods, fresh('cart')] });
    assert.deepEqual(run.run().does, [`cart-new → ${ids.a}`]);
    // In the middle of the next rollout, the workloads differ.
    const next = toB(run);
    next.run();
    next.change({
      pods: [...next.snapshot.pods.filter(({ name }) => name !== 'cart-new'), fresh('cart'), fresh('web')],
    });
    const { does } = next.run();
    assert.deepEqual(does.slice(0, 2), [`cart-new → ${ids.b}`, `web-new → ${ids.a}`]);
  });

  it('restarts nothing in a rollback either', () => {
    const run = toB(completed('cart', 'web'));
    run.run();
    run.changePod('cart-2', refused);
    const { does, plan } = run.run();
    assert.deepEqual(does, [`MarkFailed ${ids.b}`, ...[0, 1, 2].map((index) => `cart-${index} → ${ids.a}`)]);
    assert.equal(plan.progress.state, 'RolledBack');
    assert.equal(plan.skipped.size, 0);
  });

  it('leaves out a workload without pods, which proves nothing, and no workload of one pod', () => {
    const skippedOf = (desired: number) => {
      const world = stableWorld('cart', 'web');
      const workloads = world.workloads.map((one) =>
        one.name === 'cart' ? { ...one, desired, updated: desired, ready: desired, total: desired } : one,
      );
      const pods = world.pods.filter(
        ({ name, workload }) => workload !== 'Deployment/cart' || Number(name.at(-1)) < desired,
      );
      const run = new RolloutRun({ rollout: { method: 'Live' }, workloads, pods });
      run.run();
      return run.run().plan.skipped.get('Deployment/cart')?.reason;
    };
    assert.deepEqual([skippedOf(0), skippedOf(1)], ['NoReplicas', undefined]);
  });

  it('takes a canary first where there is one', () => {
    const rollout = { method: 'Live', canary: [{ pods: 1, bake: '1m' }] };
    const run = new RolloutRun({ rollout, ...liveWorld('cart') });
    assert.deepEqual(run.run().does, [`cart-0 → ${ids.b}`]);
    run.run();
    run.wait(60);
    assert.deepEqual(run.run().does, [`cart-1 → ${ids.b}`, `cart-2 → ${ids.b}`]);
  });

  it('goes back to a former revision by all its steps again, and forgets the former rollout of it', () => {
    const first = toB(completed('cart', 'web'));
    for (let turn = 0; turn < 3; turn++) first.run();
    const { agent } = snapshotOf({ rollout: { method: 'Live', canary: [{ pods: 1, bake: '1m' }] } });
    const back = new RolloutRun({ ...first.snapshot, agent }, ids.a);
    assert.deepEqual(back.run().does, [`cart-0 → ${ids.a}`]);
    back.run();
    back.wait(60);
    assert.deepEqual(back.run().does, [`cart-1 → ${ids.a}`, `cart-2 → ${ids.a}`]);
  });

  it('goes back to a revision that restarts had brought', () => {
    const { workloads, pods } = stableWorld('cart');
    const arrived = { 'uid-cart': { ...firstMemory(ids.b, at(-9500), 0), hasArrived: true } };
    const former = revisionOf(ids.b, { stableSince: at(-9400), memory: { workloads: arrived } });
    const world = { rollout: { method: 'Live' }, workloads, pods, revisions: [stableA, former] };
    assert.deepEqual(
      new RolloutRun(world).run().does,
      [0, 1, 2].map((index) => `cart-${index} → ${ids.b}`),
    );
  });

  it('begins a rollout that was left for the stable revision from its first workload when it is taken up again', () => {
    const run = toB(completed('cart', 'web'));
    run.run();
    const left = new RolloutRun(run.snapshot, ids.a);
    left.run();
    assert.deepEqual(
      Object.values(left.switched()).filter((id) => id === ids.b),
      [],
    );
    assert.deepEqual(
      new RolloutRun(left.snapshot).run().does,
      [0, 1, 2].map((index) => `cart-${index} → ${ids.b}`),
    );
  });

  it('leaves out a workload whose pods lack the key of the revision, and says what to do', () => {
    const keyed = { ...targetB, data: { ...targetB.data, redactionKeyDigest: 'e'.repeat(64) } };
    const world = { rollout: { method: 'Live' }, ...liveWorld('cart'), revisions: [stableA, keyed] };
    const { does, plan } = new RolloutRun(world).run();
    assert.deepEqual(does, []);
    assert.equal(plan.progress.reason, 'NeedsRestart');
    assert.match(plan.progress.message, /spec\.capture\.redactMarker: Plain/);
  });

  it('restarts nothing when it takes over from Restart', () => {
    const world = stableWorld('cart', 'web');
    const run = new RolloutRun({ rollout: { method: 'Live' }, ...world }, ids.a);
    for (let turn = 0; turn < 5; turn++) {
      const { does } = run.run();
      assert.deepEqual(
        does.filter((what) => what.startsWith('Deployment')),
        [],
      );
    }
    assert.equal(run.plan().progress.state, 'Complete');
    assert.deepEqual(run.switched(), {});
  });

  it('keeps the filter in all pods when Restart takes over, and restarts them in waves', () => {
    const run = completed('cart', 'web');
    const { agent } = snapshotOf({ rollout: { method: 'Restart' } });
    run.change({ agent });
    assert.deepEqual(run.run().does, [`Deployment/cart → ${ids.a}`]);
    assert.deepEqual(
      Object.values(run.switched()),
      Array.from({ length: 6 }, () => ids.a),
    );
  });
});
