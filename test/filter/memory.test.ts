import assert from 'node:assert/strict';
import { describeInEnvoy, freshPath } from '../support/filter-fixture.ts';
import { filterMessage } from '../support/filter-span.ts';

const recording = (body: string) => filterMessage({ type: 'extract', status: 200, responseBody: body });

describeInEnvoy('Memory', {}, (fixture) => {
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
});
