import assert from 'node:assert/strict';
import type { GateQuestion } from '../../operator/api/gates.ts';
import { Measurements } from '../../operator/measure/measurements.ts';
import { eventually } from '../support/eventually.ts';
import { agent, gateOf, measuringWorld, questionOf } from '../support/measuring.ts';
import { at } from '../support/rollout.ts';
import { startScriptedServer } from '../support/scripted-server.ts';

/** Measurements of one webhook, whose server answers with a status that the test sets. */
async function measuring() {
  const stack = new AsyncDisposableStack();
  const world = stack.use(await measuringWorld());
  const server = { status: 503 };
  const http = stack.use(
    await startScriptedServer((_, response) => {
      response.writeHead(server.status).end();
    }),
  );
  let now = 0;
  const changes: string[] = [];
  const verdicts: string[] = [];
  const measurements = new Measurements({
    context: world.context,
    changed: ({ name }) => changes.push(name),
    measured: (kind, verdict) => verdicts.push(`${kind} ${verdict}`),
    clock: () => now,
  });
  const ask = (parts: Partial<GateQuestion> & { readonly url?: string } = {}) => {
    const { url = `http://127.0.0.1:${http.port}/`, ...question } = parts;
    measurements.measure(agent, [gateOf({ webhook: { url } })], questionOf(question));
  };
  const pass = (seconds: number) => {
    now += seconds * 1000;
    measurements.refresh();
  };
  const sample = () => measurements.samplesOf(agent)?.byGate.get('errors');
  return {
    measurements,
    server,
    http,
    changes,
    verdicts,
    ask,
    pass,
    sample,
    [Symbol.asyncDispose]: () => stack.disposeAsync(),
  };
}

describe('measurements of gates', () => {
  it('begin with the question, are repeated, and report what changes', async () => {
    await using world = await measuring();
    assert.equal(world.measurements.samplesOf(agent), undefined);
    world.ask();
    assert.deepEqual([...(world.measurements.samplesOf(agent)?.byGate ?? [])], []);
    await eventually('a report', () => world.changes.length === 1);
    world.pass(4.9);
    assert.equal(world.http.arrivals.length, 1);
    world.pass(0.1);
    await eventually('a request', () => world.http.arrivals.length === 2);
    world.server.status = 200;
    world.pass(10);
    await eventually('a report', () => world.changes.length === 2);
    const sample = world.sample();
    assert.equal(sample?.kind === 'Webhook' && sample.status, 200);
    world.pass(100);
    assert.equal(world.http.arrivals.length, 3, 'the answer is final');
    const [open, pass] = ['Webhook Inconclusive', 'Webhook Pass'];
    assert.deepEqual(world.verdicts, [open, open, pass]);
  });

  it('survive the same question, and begin again with another step', async () => {
    await using world = await measuring();
    world.server.status = 200;
    world.ask();
    await eventually('a sample', () => world.sample());
    world.ask({ canaryPods: ['new-1', 'new-2'] });
    assert.ok(world.sample());
    world.ask({ since: at(60) });
    assert.equal(world.measurements.samplesOf(agent)?.since, at(60));
    assert.equal(world.sample(), undefined);
    await eventually('a request', () => world.http.arrivals.length === 2);
  });

  it('begin again with a gate that was changed', async () => {
    await using world = await measuring();
    world.server.status = 200;
    world.ask();
    await eventually('a sample', () => world.sample());
    world.ask({ url: `http://127.0.0.1:${world.http.port}/other` });
    assert.equal(world.sample(), undefined);
    await eventually('a request', () => world.http.arrivals.at(-1)?.path === '/other');
  });

  it('show since when they are made without a gap: for a step, by this operator', async () => {
    await using world = await measuring();
    await using other = await measuring();
    const since = () => world.measurements.samplesOf(agent)?.measuredSince;
    world.ask();
    const first = since();
    assert.ok(first !== undefined);
    await eventually('a later time', () => new Date().toISOString() > first);
    world.ask({ canaryPods: ['new-1', 'new-2'] });
    assert.equal(since(), first);
    other.ask();
    assert.notEqual(other.measurements.samplesOf(agent)?.measuredSince, first);
    world.ask({ since: at(60) });
    assert.notEqual(since(), first);
    const second = since();
    world.pass(181);
    await eventually('a later time', () => new Date().toISOString() > (second ?? ''));
    world.ask({ since: at(60) });
    assert.notEqual(since(), second);
  });

  it('end when nobody repeats the question for three minutes', async () => {
    await using world = await measuring();
    world.ask();
    await eventually('a sample', () => world.sample());
    world.pass(180);
    assert.ok(world.sample());
    world.pass(0.001);
    assert.equal(world.measurements.samplesOf(agent), undefined);
  });

  it('report a failure to measure as a sample without a result', async () => {
    await using world = await measuring();
    world.ask({ url: 'http://127.0.0.1:1/' });
    await eventually('a problem', () => /connection is refused/.test(world.sample()?.problem ?? ''));
  });
});
