import assert from 'node:assert/strict';
import { at, ids } from '../support/rollout.ts';
import { RolloutRun, stableWorld } from '../support/rollout-run.ts';

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

describe('a canary step that has begun', () => {
  it('names a pod that does not run the revision, not one that does', () => {
    const run = begun({ canary: [{ pods: 2, bake: '2m' }] });
    run.changePod('web-1', { verification: { state: 'Unknown', message: 'no answer' } });
    assert.match(
      run.run().plan.progress.message,
      /1 of 2 pods run revision bbbbbbbbbbbb; pod web-1: no answer/,
    );
  });

  it('asks its gates about its pods and the others, from when its pods first ran the revision', () => {
    const gates = [{ name: 'errors', webhook: { url: 'http://checks' } }];
    const run = begun({ ...onePod, gates });
    const { progress } = run.run().plan;
    assert.deepEqual(progress.step?.question, {
      revision: ids.b,
      stableRevision: ids.a,
      step: 'Canary 1 of 1',
      since: at(0),
      canaryPods: ['cart-0'],
      stablePods: ['cart-1', 'cart-2', 'web-0', 'web-1', 'web-2'],
    });
    run.wait(30);
    run.changePod('cart-0', unverified);
    const later = run.run().plan.progress.step?.question;
    assert.deepEqual([later?.since, later?.canaryPods], [at(0), []]);
    const without = begun();
    assert.equal(without.run().plan.progress.step?.question, undefined);
  });

  it('fails the revision when a gate fails, and switches its pods back', () => {
    const gates = [{ name: 'errors', webhook: { url: 'http://checks' } }];
    const run = begun({ ...onePod, gates });
    run.run();
    const answer = (status: number) => {
      const sample = { kind: 'Webhook', at: run.snapshot.now, status, problem: undefined } as const;
      const byGate = new Map([['errors', sample]]);
      run.change({ gateSamples: { since: at(0), measuredSince: at(0), byGate } });
    };
    answer(200);
    assert.deepEqual(run.run().does, []);
    answer(403);
    const { does, plan } = run.run();
    assert.deepEqual(does, [`MarkFailed ${ids.b}`, `cart-0 → ${ids.a}`]);
    assert.match(plan.progress.message, /^Canary 1 of 1: gate errors: the server refuses the revision/);
  });

  it('labels no pod where the step before has as many', () => {
    const run = begun({ canary: [{ pods: 1, bake: '1m' }, { pods: 1 }] });
    run.run();
    run.wait(60);
    const { plan } = run.run();
    assert.match(plan.progress.message, /^Canary 2 of 2: its pods are switched/);
    assert.ok(!plan.actions.some(({ kind }) => kind === 'LabelPods'));
  });

  it('that ends while the rollout is paused leaves the next one to be taken', () => {
    const run = begun({ canary: [{ pods: 1, bake: '1m' }, { pods: '50%' }] });
    run.run();
    run.wait(60);
    run.ask({ pause: ids.b });
    assert.deepEqual(run.run().does, []);
    run.ask({ pause: undefined });
    assert.deepEqual(run.run().does, [`web-1 → ${ids.b}`, `cart-2 → ${ids.b}`]);
  });

  it('is left for good when the rollout was promoted to its end, also while it was paused', () => {
    const run = begun({ canary: [{ pods: 1, bake: '1m' }, { pods: '50%' }] });
    run.run();
    run.ask({ pause: ids.b, promote: `${ids.b}/full` });
    assert.deepEqual(run.run().does, []);
    run.ask({ pause: undefined, promote: undefined });
    assert.deepEqual(run.run().does, [`Deployment/cart → ${ids.b}`]);
  });

  it('has its deadline from when its pods were switched', () => {
    const run = begun();
    run.changePod('cart-0', unverified);
    run.wait(599);
    assert.equal(run.run().plan.progress.state, 'Progressing');
  });
});
