import assert from 'node:assert/strict';
import type { GateSamples, WebhookSample } from '../../operator/api/gates.ts';
import { at, eventsOf, ids, start } from '../support/rollout.ts';
import { RolloutRun, stableWorld } from '../support/rollout-run.ts';

const rollout = {
  canary: [{ pods: 1, bake: '2m' }],
  gates: [{ name: 'smoke', webhook: { url: 'http://checks.shop/verify' } }],
};

/** A canary whose pod runs the revision, so that its gate is asked. */
function baking(): RolloutRun {
  const run = new RolloutRun({ rollout, ...stableWorld('cart') });
  run.run();
  run.run();
  return run;
}

/** The server answers the question of the present step, to an operator that has measured since then. */
function answer(run: RolloutRun, status: number | undefined, measuredSince: string): void {
  const since = run.plan().progress.step?.question?.since;
  assert.ok(since !== undefined, 'no question is asked');
  const sample: WebhookSample = { kind: 'Webhook', at: run.snapshot.now, problem: undefined, status };
  const gateSamples: GateSamples = { since, measuredSince, byGate: new Map([['smoke', sample]]) };
  run.change({ gateSamples });
}

describe('the gate of a canary step', () => {
  it('lets the bake count only while it passes', () => {
    const run = baking();
    run.wait(600);
    assert.deepEqual(run.run().does, []);
    assert.match(
      run.plan().progress.message,
      /^waits for a gate: Canary 1 of 1: gate smoke: not measured yet$/,
    );
    answer(run, 200, at(1));
    run.run();
    run.wait(119);
    assert.deepEqual(run.run().does, []);
    run.wait(1);
    assert.deepEqual(run.run().does, [`Deployment/cart → ${ids.b}`]);
  });

  it('fails the revision, and the pod is switched back at once', () => {
    const run = baking();
    answer(run, 403, at(1));
    const { does, plan } = run.run();
    assert.deepEqual(does, [`MarkFailed ${ids.b}`, `cart-0 → ${ids.a}`]);
    assert.deepEqual(eventsOf(plan.actions), ['GateFailed', 'SwitchedBack']);
  });

  it('bakes again from the beginning with an operator that did not measure it before', () => {
    const run = baking();
    answer(run, 200, at(1));
    run.run();
    run.wait(100);
    run.run();
    // It is killed. For ten minutes nobody asks the gate.
    run.change({ gateSamples: undefined });
    run.wait(600);
    assert.deepEqual(run.run().does, []);
    run.wait(5);
    answer(run, 200, at((run.snapshot.now - start) / 1000));
    assert.deepEqual(run.run().does, [], 'what nobody measured does not count');
    run.wait(119);
    assert.deepEqual(run.run().does, []);
    run.wait(1);
    assert.deepEqual(run.run().does, [`Deployment/cart → ${ids.b}`]);
  });

  it('is no ground to wait again for a step that has passed', () => {
    const run = baking();
    answer(run, 200, at(1));
    run.run();
    run.wait(120);
    assert.deepEqual(run.run().does, [`Deployment/cart → ${ids.b}`]);
    run.change({ gateSamples: undefined });
    assert.equal(run.plan().progress.step?.name, 'Wave 1 of 1');
  });
});
