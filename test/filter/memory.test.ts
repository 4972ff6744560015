import assert from 'node:assert/strict';
import { eventually } from '../support/eventually.ts';
import { describeInEnvoy, freshPath } from '../support/filter-fixture.ts';
import { filterMessage } from '../support/filter-span.ts';

const recording = (body: string) => filterMessage({ type: 'extract', status: 200, responseBody: body });

const mebibyte = 1024 * 1024;
// 2,000 lookups wait for each other: a busy machine takes its time.
const listeners = {
  main: { configuration: { backend: { cluster: 'backend', authority: 'backend.test', timeoutMs: 60_000 } } },
};
const tight = { configuration: { memory: { maxBytes: mebibyte }, capture: { maxResponseBodyBytes: mebibyte } } };

describeInEnvoy('Memory', { listeners }, (fixture) => {
  it('gives each of 2,000 streams at once its own answer', async function () {
    this.timeout(60_000);
    const { send, hit } = fixture();
    const waiting: (() => void)[] = [];
    const total = 2000;
    const answers = Array.from({ length: total }, async (_, index) => {
      const path = `${freshPath()}/many`;
      hit(path, async (_, response) => {
        await new Promise<void>((resolve) => {
          waiting.push(resolve);
          // All of them wait in the filter before the first is answered.
          if (waiting.length === total) for (const answer of waiting.reverse()) answer();
        });
        response.writeHead(200).end(recording(`answer ${index}`));
      });
      const answer = await send('main', path);
      return answer.body.toString() === `answer ${index}`;
    });
    assert.equal((await Promise.all(answers)).filter(Boolean).length, total);
  });

  it('comes back when streams end, and does not grow from request to request', async () => {
    const { send, hit, metric } = fixture();
    const recorded = freshPath();
    hit(recorded, recording('x'.repeat(50_000)));
    const round = async () => {
      for (let i = 0; i < 100; i++) {
        await send('main', recorded, { method: 'POST', body: 'x'.repeat(20_000) });
        await send('main', freshPath(), { method: 'POST', body: 'x'.repeat(20_000) });
      }
      await eventually('all streams to end', async () => (await metric('streams')) === 0);
    };
    await round();
    const held = await metric('memory_bytes');
    await round();
    await eventually('memory to come back', async () => (await metric('memory_bytes')) <= held);
    assert.ok((await metric('linear_memory_bytes')) < 16 * mebibyte);
  });
});

describeInEnvoy('At the cap of memory', { listeners: { tight } }, (fixture) => {
  it('a request passes whole and unrecorded, and small ones are still recorded', async () => {
    const { send, answer, saved, saves, metric } = fixture();
    const large = freshPath();
    const body = 'x'.repeat(3 * mebibyte);
    answer(large, (_, response) => void response.end(body));
    assert.equal((await send('tight', large)).body.length, body.length);
    await eventually('the drop to be counted', async () => (await metric('dropped_memory')) === 1);
    const small = freshPath();
    await send('tight', small);
    await saved(small);
    assert.equal(saves(large).length, 0);
    assert.ok((await metric('linear_memory_bytes')) < 2 * mebibyte);
  });
});
