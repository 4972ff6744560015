import assert from 'node:assert/strict';
import { eventsOf, ids } from '../support/rollout.ts';
import { RolloutRun, stableWorld } from '../support/rollout-run.ts';
import { stableA, targetB } from '../support/rollout-table.ts';

const onePod = { canary: [{ pods: 1, bake: '2m' }] };

describe('a canary of a revision with a key', () => {
  const key = (digest: string) => ({
    data: { ...targetB.data, publicKey: { secretName: 'key', key: 'k', digest: digest.repeat(64) } },
  });

  it('waits for approval where no running proxy was started with that key, and says why', () => {
    const run = new RolloutRun({
      rollout: onePod,
      ...stableWorld('cart'),
      revisions: [stableA, { ...targetB, ...key('b') }],
    });
    const waiting = run.run();
    assert.deepEqual(waiting.does, []);
    assert.deepEqual(eventsOf(waiting.plan.actions), ['ApprovalRequired']);
    assert.equal(waiting.plan.progress.step?.needsApproval, true);
    assert.match(waiting.plan.progress.message, /publicKeySecret.*run spagent promote checkout -n shop$/);
    run.ask({ promote: `${ids.b}/Canary 1 of 1` });
    const { does, plan } = run.run();
    assert.deepEqual(does, [`Deployment/cart → ${ids.b}`]);
    assert.deepEqual(eventsOf(plan.actions), ['CanarySkipped', 'Progressing']);
  });

  it('is taken without the key of redaction markers, and says what its pods do not do', () => {
    const keyed = { ...targetB, data: { ...targetB.data, redactionKeyDigest: 'e'.repeat(64) } };
    const run = new RolloutRun({ rollout: onePod, ...stableWorld('cart'), revisions: [stableA, keyed] });
    const { does, plan } = run.run();
    assert.deepEqual(does, [`cart-0 → ${ids.b}`]);
    assert.match(
      plan.progress.message,
      /requests with redacted values are recorded there and not looked up$/,
    );
    run.wait(1);
    run.run();
    run.wait(120);
    assert.deepEqual(run.run().does, [`Deployment/cart → ${ids.b}`]);
  });

  it('is switched back from a revision whose key of redaction markers is another', () => {
    const keyed = { ...targetB, data: { ...targetB.data, redactionKeyDigest: 'e'.repeat(64) } };
    const stable = { ...stableA, data: { ...stableA.data, redactionKeyDigest: 'f'.repeat(64) } };
    const run = new RolloutRun({ rollout: onePod, ...stableWorld('cart'), revisions: [stable, keyed] });
    run.run();
    run.changePod('cart-0', {
      verification: { state: 'NotVerified', message: 'it traps', cause: 'Stopped' },
    });
    run.run();
    assert.deepEqual(run.run().does, []);
    assert.deepEqual(run.switched(), {});
  });

  it('is taken where the running proxies have the same one', () => {
    const revisions = [
      { ...stableA, ...key('b') },
      { ...targetB, ...key('b') },
    ];
    const run = new RolloutRun({ rollout: onePod, ...stableWorld('cart'), revisions });
    assert.deepEqual(run.run().does, [`cart-0 → ${ids.b}`]);
  });
});
