import assert from 'node:assert/strict';
import { eventually } from '../support/eventually.ts';
import { describeInEnvoy, freshPath } from '../support/filter-fixture.ts';
import { filterMessage } from '../support/filter-span.ts';

const listeners = {
  counted: { configuration: { revision: 'aaaaaaaaaaaa' } },
  exempt: { configuration: { revision: 'bbbbbbbbbbbb', capture: { exempt: [{ path: { prefix: '/' } }] } } },
  strict: { configuration: { revision: 'cccccccccccc', lookup: { strict: true } } },
};

describeInEnvoy('The responses of a revision', { listeners }, (fixture) => {
  /** Waits for as many responses as were sent, and returns how many there are of each class from 2xx to 5xx. */
  async function counted(revision: string, sent: number): Promise<number[]> {
    return eventually('the responses in the statistics', async () => {
      const counts = await Promise.all(
        [2, 3, 4, 5].map((first) => fixture().metric(`revision_${revision}_outbound_responses_${first}xx`)),
      );
      return counts.reduce((sum, one) => sum + one) >= sent ? counts : undefined;
    });
  }

  it('are counted by class, from upstream, from recordings and from Envoy', async () => {
    const { send, hit, answer } = fixture();
    for (const status of [200, 302, 404, 500]) {
      const path = freshPath();
      answer(path, (_, response) => void response.writeHead(status).end());
      await send('counted', path);
    }
    const recorded = freshPath();
    hit(recorded, filterMessage({ type: 'extract', status: 503, responseBody: 'recorded' }));
    await send('counted', recorded);
    const broken = freshPath();
    answer(broken, (_, response) => void response.socket?.destroy());
    assert.equal((await send('counted', broken)).status, 503);
    assert.deepEqual(await counted('aaaaaaaaaaaa', 6), [1, 1, 1, 3]);
  });

  it('are counted of requests that the filter leaves alone', async () => {
    const { send, answer } = fixture();
    const path = freshPath();
    answer(path, (_, response) => void response.writeHead(500).end());
    await send('exempt', path);
    await send('exempt', freshPath());
    assert.deepEqual(await counted('bbbbbbbbbbbb', 2), [1, 0, 0, 1]);
  });

  it('are counted of requests that the filter refuses', async () => {
    const { send } = fixture();
    assert.equal((await send('strict', freshPath())).status, 404);
    assert.equal((await send('strict', freshPath(), { headers: { range: 'bytes=0-1' } })).status, 503);
    assert.deepEqual(await counted('cccccccccccc', 2), [0, 0, 1, 1]);
  });
});
