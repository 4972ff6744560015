import assert from 'node:assert/strict';
import { eventually } from '../support/eventually.ts';
import { describeInEnvoy, freshPath } from '../support/filter-fixture.ts';
import { filterMessage } from '../support/filter-span.ts';
import type { Script } from '../support/scripted-server.ts';

const backend = { timeoutMs: 200 };
// Envoy makes one configuration of two that are equal, with one breaker: each has a name of its own.
const breaker = (agent: string, openMs: number, more: object = {}) => ({
  configuration: { agent, backend, lookup: { circuitBreaker: { failures: 3, openMs }, ...more } },
});

const listeners = {
  lasting: breaker('lasting', 3_600_000),
  failing: breaker('failing', 3_600_000, { onError: 'fail' }),
  holding: { ...breaker('holding', 3_600_000, { withBody: true }), holdHeaders: true },
  probing: breaker('probing', 300),
  answering: breaker('answering', 3_600_000),
  off: { configuration: { backend, lookup: { circuitBreaker: { failures: 0 } } } },
  main: {},
};

const hang: Script = () => undefined;

describeInEnvoy('The circuit breaker of lookups', { listeners, wasmLogLevel: 'info' }, (fixture) => {
  /** Sends so many requests, one after the other, whose lookups get the given answer; the number of lookups. */
  async function lookupsOf(listener: string, requests: number, script: Script): Promise<number> {
    const { send, hit, lookups } = fixture();
    let asked = 0;
    for (let i = 0; i < requests; i++) {
      const path = freshPath();
      hit(path, script);
      await send(listener, path);
      asked += lookups(path).length;
    }
    return asked;
  }

  it('opens after some time-outs in a row, and requests go upstream without a lookup', async () => {
    const { send, envoy, metric, saved, reached } = fixture();
    const before = await metric('skipped_circuit_open');
    assert.equal(await lookupsOf('lasting', 6, hang), 3);
    const path = freshPath();
    assert.equal((await send('lasting', path)).body.toString(), 'upstream');
    assert.equal(reached(path).length, 1);
    await saved(path);
    await eventually(
      'skipped_circuit_open to grow by 4',
      async () => (await metric('skipped_circuit_open')) === before + 4,
    );
    await eventually('a line in the log', () => envoy.log().includes('SP lookups paused'));
  });

  it('holds no body for a lookup while it is open', async () => {
    const { send, metric } = fixture();
    assert.equal(await lookupsOf('holding', 4, hang), 3);
    const before = await metric('hold_timeouts');
    assert.equal((await send('holding', freshPath(), { method: 'POST', body: 'text' })).status, 200);
    assert.equal(await metric('hold_timeouts'), before);
  });

  it('refuses requests while it is open where a failed lookup is to fail the request', async () => {
    const { send, reached } = fixture();
    await lookupsOf('failing', 3, hang);
    const path = freshPath();
    const answer = await send('failing', path);
    assert.equal(answer.status, 503);
    assert.deepEqual(answer.all('x-softprobe-error'), ['circuit-open']);
    assert.equal(reached(path).length, 0);
  });

  it('lets one lookup probe the backend from time to time, and closes after an answer', async () => {
    const { send, hit, envoy, lookups } = fixture();
    assert.equal(await lookupsOf('probing', 4, hang), 3);
    const recording = filterMessage({ type: 'extract', status: 200, responseBody: 'recorded' });
    await eventually('a lookup that hits', async () => {
      const path = freshPath();
      hit(path, recording);
      return (await send('probing', path)).body.toString() === 'recorded';
    });
    const path = freshPath();
    await send('probing', path);
    assert.equal(lookups(path).length, 1);
    await eventually('a line in the log', () => envoy.log().includes('SP lookups resumed'));
  });

  it('stays closed as long as the backend answers, even with an error', async () => {
    const refuse: Script = (_, response) => void response.writeHead(500).end('no');
    assert.equal(await lookupsOf('answering', 6, refuse), 6);
  });

  it('never opens with 0 failures', async () => {
    assert.equal(await lookupsOf('off', 6, hang), 6);
  });

  it('repeats a lookup whose connection broke, once', async () => {
    const { send, hit, lookups } = fixture();
    const path = freshPath();
    let calls = 0;
    hit(path, (_, response) => {
      if (++calls === 1) response.destroy();
      else {
        const recording = filterMessage({ type: 'extract', status: 200, responseBody: 'recorded' });
        response.writeHead(200, { 'content-type': 'application/x-protobuf' }).end(recording);
      }
    });
    assert.equal((await send('main', path)).body.toString(), 'recorded');
    assert.equal(lookups(path).length, 2);
    const broken = freshPath();
    hit(broken, (_, response) => void response.destroy());
    assert.equal((await send('main', broken)).body.toString(), 'upstream');
    assert.equal(lookups(broken).length, 2);
  });
});
