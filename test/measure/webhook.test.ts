import assert from 'node:assert/strict';
import { startMeasurer } from '../../operator/measure/measurers.ts';
import { agent, gateOf, measuringWorld, questionOf } from '../support/measuring.ts';
import { startScriptedServer } from '../support/scripted-server.ts';

async function webhookAt(statuses: readonly number[], timeout = '10s') {
  const stack = new AsyncDisposableStack();
  const left = [...statuses];
  const server = stack.use(
    await startScriptedServer((_, response) => {
      const status = left.shift();
      // Without a status it never answers.
      if (status !== undefined) response.writeHead(status).end('secret');
    }),
  );
  const world = stack.use(await measuringWorld());
  const url = `http://127.0.0.1:${server.port}/verify`;
  const measurer = startMeasurer(gateOf({ webhook: { url, timeout } }), agent, world.context);
  assert.ok(measurer);
  return { measurer, server, [Symbol.asyncDispose]: () => stack.disposeAsync() };
}

describe('the webhook of a gate', () => {
  it('gets the rollout as JSON', async () => {
    await using gate = await webhookAt([200]);
    await gate.measurer.measure(questionOf({ canaryPods: ['b', 'a'] }));
    const [arrival] = gate.server.arrivals;
    assert.deepEqual([arrival?.method, arrival?.path], ['POST', '/verify']);
    assert.equal(arrival?.headers['content-type'], 'application/json');
    assert.deepEqual(JSON.parse(arrival?.body.toString() ?? ''), {
      namespace: 'shop',
      agent: 'checkout',
      gate: 'errors',
      revision: 'bbbbbbbbbbbb',
      stableRevision: 'aaaaaaaaaaaa',
      step: 'Canary 1 of 2',
      pods: ['a', 'b'],
    });
  });

  it('is asked again until it decides, later each time', async () => {
    await using gate = await webhookAt([503, 302, 200]);
    const pauses: (number | undefined)[] = [];
    for (const status of [503, 302, 200]) {
      const sample = await gate.measurer.measure(questionOf());
      assert.equal(sample.kind === 'Webhook' && sample.status, status);
      pauses.push(gate.measurer.pause());
    }
    assert.deepEqual(pauses, [5, 10, undefined]);
  });

  it('may have a timeout that is no full number of milliseconds in floating point', async () => {
    await using gate = await webhookAt([200], '1001ms');
    const sample = await gate.measurer.measure(questionOf());
    assert.equal(sample.kind === 'Webhook' && sample.status, 200);
  });

  it('has not decided when it does not answer in time', async () => {
    await using gate = await webhookAt([], '1s');
    await assert.rejects(gate.measurer.measure(questionOf()), /(takes more than|sends nothing for) 1 s/);
    assert.equal(gate.measurer.pause(), 5);
  });
});
