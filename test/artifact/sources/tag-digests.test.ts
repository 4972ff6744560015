import assert from 'node:assert/strict';
import { AgentError } from '../../../operator/api/errors.ts';
import { createTagDigests } from '../../../operator/artifact/sources/tag-digests.ts';
import { eventually } from '../../support/eventually.ts';

const agent = { namespace: 'shop', name: 'checkout' };

/** Asks for one tag; the test moves the tag and the clock. */
function tagOf(first: string | Error) {
  const world = { named: first, now: 0, asked: 0, changed: [] as string[], failed: 0 };
  const tags = createTagDigests({
    changed: (agentKey) => world.changed.push(agentKey),
    failed: () => (world.failed += 1),
    clock: () => world.now,
  });
  const look = () =>
    tags.digestOf({
      key: 'tag',
      agent,
      pollSeconds: 60,
      resolve: async () => {
        world.asked += 1;
        if (world.named instanceof Error) throw world.named;
        return world.named;
      },
    });
  return { world, look };
}

describe('digest of a tag', () => {
  it('is asked for in the background, and the agent is looked at when it is there', async () => {
    const { world, look } = tagOf('a');
    assert.equal(look(), undefined);
    assert.equal(look(), undefined);
    await eventually('the digest', () => world.changed.length > 0);
    assert.deepEqual([look(), world.asked, world.changed], ['a', 1, ['shop/checkout']]);
  });

  it('is asked for again when the interval is over, and a moved tag is seen', async () => {
    const { world, look } = tagOf('a');
    look();
    await eventually('the digest', () => world.changed.length > 0);
    world.named = 'b';
    world.now = 59_999;
    assert.deepEqual([look(), world.asked], ['a', 1]);
    world.now = 60_000;
    assert.equal(look(), 'a');
    await eventually('the moved tag', () => world.changed.length > 1);
    assert.equal(look(), 'b');
  });

  it('stays as it was while the registry fails, which is asked again at growing intervals', async () => {
    const { world, look } = tagOf('a');
    look();
    await eventually('the digest', () => world.changed.length > 0);
    world.named = new AgentError('FetchFailed', 'no answer', { retryable: true });
    world.now = 60_000;
    look();
    await eventually('the failure', () => world.failed > 0);
    assert.deepEqual([look(), world.asked], ['a', 2]);
    world.named = 'b';
    world.now += 600_000;
    look();
    await eventually('the moved tag', () => world.changed.length > 1);
    assert.equal(look(), 'b');
  });

  it('that was never known is a failure, which the agent is looked at for', async () => {
    const { world, look } = tagOf(new AgentError('FetchFailed', 'no answer', { retryable: true }));
    look();
    await eventually('the failure', () => world.changed.length > 0);
    assert.throws(look, { reason: 'FetchFailed' });
  });
});
