import assert from 'node:assert/strict';
import { at, eventsOf, ids, revisionOf, workloadAt } from '../support/rollout.ts';
import { RolloutRun, stableWorld } from '../support/rollout-run.ts';
import { stableA, targetB } from '../support/rollout-table.ts';

const onePod = { canary: [{ pods: 1, bake: '2m' }] };
const unverified = {
  verification: { state: 'NotVerified', message: 'no module', cause: 'Unclear' },
} as const;

/** Two workloads of three pods, with a canary that has its first pods. */
function begun(rollout: object = onePod): RolloutRun {
  const run = new RolloutRun({ rollout, ...stableWorld('cart', 'web') });
  run.run();
  return run;
}

function without(run: RolloutRun, name: string): void {
  run.change({ pods: run.snapshot.pods.filter((pod) => pod.name !== name) });
}

describe('a canary step', () => {
  it('switches as many running pods as it says, and restarts nothing', () => {
    const run = new RolloutRun({ rollout: onePod, ...stableWorld('cart', 'web') });
    const { does, plan } = run.run();
    assert.deepEqual(does, [`cart-0 → ${ids.b}`]);
    assert.equal(plan.progress.state, 'Progressing');
    assert.match(plan.progress.message, /^Canary 1 of 1: pod cart-0: switched to revision bbbbbbbbbbbb/);
    assert.ok(eventsOf(plan.actions).includes('CanaryStarted'));
  });

  it('takes a share of all selected pods, at least one, rounded down', () => {
    for (const [pods, count] of [
      ['1%', 1],
      ['34%', 2],
      ['100%', 6],
    ] as const) {
      assert.equal(Object.keys(begun({ canary: [{ pods }] }).switched()).length, count, pods);
    }
  });

  it('does not begin before the resources of the revision exist', () => {
    const run = new RolloutRun({ rollout: onePod, ...stableWorld('cart'), owned: [] });
    const { does, plan } = run.run();
    assert.deepEqual(does, []);
    assert.match(plan.progress.message, /waits for WasmPlugin shop\/checkout-bbbbbbbbbbbb/);
  });

  it('waits until its pods are verified, and then for its bake', () => {
    const run = begun();
    run.changePod('cart-0', unverified);
    const { does, plan } = run.run();
    assert.deepEqual(does, []);
    assert.match(plan.progress.message, /0 of 1 pods run revision bbbbbbbbbbbb; pod cart-0: no module/);
    assert.deepEqual(plan.progress.step?.canary, { pods: 1, verified: 0 });
    assert.equal(plan.progress.step?.bakeUntil, undefined);
    run.changePod('cart-0', { verification: { state: 'Verified' } });
    run.wait(30);
    const baking = run.run().plan;
    assert.equal(baking.progress.step?.name, 'Canary 1 of 1');
    assert.equal(baking.progress.step?.bakeUntil, at(150));
    assert.equal(baking.nextLook, 120);
    run.wait(119);
    assert.deepEqual(run.run().does, []);
    run.wait(1);
    assert.deepEqual(run.run().does, [`Deployment/cart → ${ids.b}`]);
  });

  it('adds the pods of the next one to its own, without a restart in between', () => {
    const run = begun({ canary: [{ pods: 1, bake: '1m' }, { pods: '50%' }] });
    run.run();
    run.wait(60);
    const { does, plan } = run.run();
    assert.deepEqual(does, [`web-1 → ${ids.b}`, `cart-2 → ${ids.b}`]);
    assert.match(plan.progress.message, /^Canary 2 of 2/);
  });

  it('replaces a pod that dies, and bakes for the rest of its time', () => {
    const run = begun();
    run.run();
    run.wait(60);
    without(run, 'cart-0');
    assert.deepEqual(run.run().does, [`cart-1 → ${ids.b}`]);
    assert.deepEqual(run.run().does, []);
    run.wait(60);
    assert.deepEqual(run.run().does, [`Deployment/cart → ${ids.b}`]);
  });

  it('is not reached by a pod that is not ready, and takes no other one instead', () => {
    const run = begun();
    run.changePod('cart-0', { isReady: false });
    const { does, plan } = run.run();
    assert.deepEqual(does, []);
    assert.match(plan.progress.message, /pod cart-0 is not ready/);
  });

  it('fails the revision when a pod rejects it, and switches that pod back', () => {
    const run = begun();
    run.changePod('cart-0', { verification: { state: 'NotVerified', message: 'refused', cause: 'Refused' } });
    const { does, plan } = run.run();
    assert.deepEqual(does, [`MarkFailed ${ids.b}`, `cart-0 → ${ids.a}`]);
    assert.equal(plan.progress.state, 'RolledBack');
    assert.match(plan.progress.message, /^Canary 1 of 1: pod cart-0: refused; revision aaaaaaaaaaaa runs/);
    assert.deepEqual(run.switched(), {});
  });

  it('gives a running proxy the time to fetch the module', () => {
    const run = begun();
    const notConfigured = {
      verification: { state: 'NotVerified', message: 'not configured', cause: 'NotConfigured' },
      readySince: run.snapshot.now - 3_600_000,
      askedSince: run.snapshot.now,
    } as const;
    run.changePod('cart-0', { ...notConfigured, askedAt: run.snapshot.now + 29_000 });
    assert.equal(run.run().plan.progress.state, 'Progressing');
    run.changePod('cart-0', { askedAt: run.snapshot.now + 30_000 });
    assert.equal(run.run().plan.progress.state, 'RolledBack');
  });

  it('fails the revision when its pods do not run it within the deadline', () => {
    const run = begun();
    run.changePod('cart-0', unverified);
    run.wait(600);
    const { does, plan } = run.run();
    assert.deepEqual(does, [`MarkFailed ${ids.b}`, `cart-0 → ${ids.a}`]);
    assert.match(plan.progress.message, /no module, for 10m/);
  });

  it('holds, and fails nothing, while its pods cannot be asked', () => {
    const run = begun();
    run.changePod('cart-0', { verification: { state: 'Unknown', message: 'no answer' } });
    run.wait(3600);
    const { does, plan } = run.run();
    assert.deepEqual(does, []);
    assert.equal(plan.progress.state, 'Held');
  });

  it('leaves its pods at the revision where a failure is not rolled back', () => {
    const run = begun({ ...onePod, autoRollback: false });
    run.changePod('cart-0', { verification: { state: 'NotVerified', message: 'refused', cause: 'Refused' } });
    assert.deepEqual(run.run().does, [`MarkFailed ${ids.b}`]);
    assert.equal(run.run().plan.progress.state, 'Held');
    assert.deepEqual(run.switched(), { 'cart-0': ids.b });
  });

  it('fails the revision where a pod stops to run it before its workload is updated', () => {
    const run = begun();
    run.ask({ promote: `${ids.b}/full` });
    const { workloads } = run.snapshot;
    run.change({ workloads: workloads.map((one) => ({ ...one, ready: 2 })) });
    run.changePod('cart-0', { isReady: false });
    assert.deepEqual(run.run().does, []);
    assert.match(
      run.run().plan.progress.message,
      /0 of 1 run revision bbbbbbbbbbbb; pod cart-0 is not ready/,
    );
    run.wait(600);
    assert.deepEqual(run.run().does, [`MarkFailed ${ids.b}`, `cart-0 → ${ids.a}`]);
  });

  it('waits for somebody to approve it where it says so, and says how', () => {
    const run = begun({ canary: [{ pods: 1, bake: '1m', approval: 'Manual' }] });
    run.run();
    run.wait(3600);
    const { does, plan } = run.run();
    assert.deepEqual(does, []);
    assert.match(plan.progress.message, /waits for approval: run spagent promote checkout -n shop/);
    assert.equal(plan.progress.step?.needsApproval, true);
    assert.deepEqual(eventsOf(plan.actions), ['ApprovalRequired']);
    const { agent } = run.snapshot;
    const rollout = { state: '', message: '', step: 'Canary 1 of 1', approval: 'Required' };
    run.change({ agent: { ...agent, status: { ...agent.status, rollout } } });
    assert.deepEqual(run.run().plan.actions, []);
  });

  const manual = { canary: [{ pods: 1, bake: '1m', approval: 'Manual' }, { pods: 2 }] };

  it('continues when it is promoted, however often, and the next one bakes all the same', () => {
    const run = begun(manual);
    run.run();
    run.ask({ promote: `${ids.b}/Canary 1 of 2` });
    assert.deepEqual(run.run().does, [`web-1 → ${ids.b}`]);
    assert.deepEqual(run.run().does, []);
    assert.equal(run.plan().progress.step?.name, 'Canary 2 of 2');
    run.wait(60);
    assert.deepEqual(run.run().does, [`Deployment/cart → ${ids.b}`]);
  });

  it('is not promoted before its pods run the revision', () => {
    const run = begun(manual);
    run.changePod('cart-0', unverified);
    run.ask({ promote: `${ids.b}/Canary 1 of 2` });
    assert.deepEqual(run.run().does, []);
  });

  it('is left with all others when the rollout is promoted to its end', () => {
    const run = begun(manual);
    run.ask({ promote: `${ids.b}/full` });
    assert.deepEqual(run.run().does, [`Deployment/cart → ${ids.b}`]);
  });

  it('does not hear what was asked of another revision or step', () => {
    for (const promote of [`${ids.c}/Canary 1 of 2`, `${ids.b}/Canary 2 of 2`, `${ids.c}/full`, ids.b]) {
      const run = begun(manual);
      run.ask({ promote, abort: ids.c, pause: ids.c });
      run.run();
      run.wait(3600);
      assert.deepEqual(run.run().does, []);
    }
  });

  it('fails the revision, and switches back, when the rollout is aborted', () => {
    const run = begun();
    run.ask({ abort: ids.b });
    const { does, plan } = run.run();
    assert.deepEqual(does, [`MarkFailed ${ids.b}`, `cart-0 → ${ids.a}`]);
    assert.match(plan.progress.message, /^SpAgent shop\/checkout: the rollout was aborted/);
  });

  it('begins nothing while the rollout is paused', () => {
    const run = begun();
    run.run();
    run.ask({ pause: ids.b });
    run.wait(3600);
    const { does, plan } = run.run();
    assert.deepEqual(does, []);
    assert.equal(plan.progress.state, 'Paused');
  });

  it('waits for a ready pod where there is none, without a deadline', () => {
    const { workloads, pods } = stableWorld('cart');
    const run = new RolloutRun({
      rollout: onePod,
      workloads,
      pods: pods.map((pod) => ({ ...pod, isReady: false })),
    });
    run.wait(3600);
    const { does, plan } = run.run();
    assert.deepEqual(does, []);
    assert.match(plan.progress.message, /waits for a pod that is ready/);
    assert.equal(plan.progress.state, 'Progressing');
    assert.equal(plan.progress.step?.name, 'Canary 1 of 1');
  });

  it('names the step that waits for a ready pod, after one that has passed', () => {
    const { workloads, pods } = stableWorld('cart');
    const run = new RolloutRun({
      rollout: { canary: [{ pods: 1, bake: '1m' }, { pods: 2 }] },
      workloads,
      pods,
      revisions: [stableA, { ...targetB, memory: { workloads: {}, canary: { passed: 1 } } }],
    });
    run.change({ pods: pods.map((pod) => ({ ...pod, isReady: false })) });
    assert.equal(run.run().plan.progress.step?.name, 'Canary 2 of 2');
  });

  it('takes no pod of a workload that will not be updated', () => {
    const { workloads, pods } = stableWorld('cart', 'web');
    const [cart, web] = workloads.map((one) => ({
      ...one,
      oddity: one.name === 'cart' ? 'OnDelete' : undefined,
    }));
    const run = new RolloutRun({ rollout: onePod, workloads: [cart!, web!], pods });
    assert.deepEqual(run.run().does, [`web-0 → ${ids.b}`]);
  });

  it('is for revisions that are not proven: a new workload of the stable one has none', () => {
    const world = stableWorld('cart');
    const run = new RolloutRun(
      { rollout: onePod, ...world, workloads: [...world.workloads, workloadAt('web', ids.c)] },
      ids.a,
    );
    assert.deepEqual(run.run().does, [`Deployment/web → ${ids.a}`]);
  });

  it('puts the pods of a rollout that was left back to what their template says', () => {
    const run = begun();
    const c = revisionOf(ids.c, { number: 3 });
    const next = new RolloutRun({ ...run.snapshot, revisions: [...run.snapshot.revisions, c] }, ids.c);
    const { does } = next.run();
    assert.deepEqual(does, [`cart-0 → ${ids.a}`, `cart-1 → ${ids.c}`]);
    assert.deepEqual(next.snapshot.revisions.find(({ id }) => id === ids.b)?.memory, { workloads: {} });
  });

  it('begins again when the rollout is taken up again after another one', () => {
    const run = begun();
    run.run();
    const away = new RolloutRun(run.snapshot, ids.a);
    away.run();
    const back = new RolloutRun({ ...away.snapshot, now: run.snapshot.now + 3_600_000 });
    assert.deepEqual(back.run().does, [`cart-0 → ${ids.b}`]);
    assert.deepEqual(back.run().does, []);
  });

  it('continues where an operator was killed after any of its actions', () => {
    for (let survives = 0; survives < 4; survives++) {
      const run = new RolloutRun({ rollout: onePod, ...stableWorld('cart', 'web') });
      run.run(survives);
      run.run();
      run.run();
      assert.deepEqual(run.switched(), { 'cart-0': ids.b }, `after ${survives} actions`);
      run.wait(120);
      assert.deepEqual(run.run().does, [`Deployment/cart → ${ids.b}`]);
    }
  });
});
