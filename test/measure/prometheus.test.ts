import assert from 'node:assert/strict';
import type { GateQuestion } from '../../operator/api/gates.ts';
import { fillIn } from '../../operator/measure/fill-in.ts';
import { startMeasurer } from '../../operator/measure/measurers.ts';
import { agent, gateOf, measuringWorld, questionOf } from '../support/measuring.ts';
import { startScriptedServer, type Script } from '../support/scripted-server.ts';

/** Measures the gate once against a server. */
async function measureAt(script: Script, gate: object = {}, question?: Partial<GateQuestion>) {
  await using stack = new AsyncDisposableStack();
  const server = stack.use(await startScriptedServer(script));
  const world = stack.use(await measuringWorld());
  world.secrets.set('token', {
    metadata: { name: 'token', labels: { 'softprobe.ai/gate-token': 'true' } },
    data: { token: Buffer.from('s3cret\n').toString('base64') },
  });
  world.secrets.set('other', { metadata: { name: 'other' }, data: { token: 'cw==' } });
  const address = `http://127.0.0.1:${server.port}/prefix/`;
  const spec = gateOf({ prometheus: { address, query: 'up', max: 1, ...gate } });
  const measurer = startMeasurer(spec, agent, world.context);
  assert.ok(measurer);
  const sample = await measurer.measure(questionOf(question)).catch((error: unknown) => {
    assert.ok(error instanceof Error);
    return measurer.failed(error.message);
  });
  assert.equal(sample.kind, 'Prometheus');
  return { ...(sample as Extract<typeof sample, { kind: 'Prometheus' }>), arrivals: server.arrivals };
}

const answers =
  (body: unknown, status = 200): Script =>
  (_, response) => {
    response.statusCode = status;
    response.end(typeof body === 'string' ? body : JSON.stringify(body));
  };

const vector = (...values: string[]) =>
  answers({
    status: 'success',
    data: { resultType: 'vector', result: values.map((value) => ({ metric: {}, value: [1.5, value] })) },
  });

describe('a query of a gate', () => {
  it('has its variables filled in once, and pods as a regular expression', () => {
    const query =
      'sum(rate(e{pod=~"{{pods}}",r="{{revision}}",ns="{{namespace}}",a="{{agent}}"}[1m])) / {{stableRevision}}';
    const filled = fillIn(query, agent, questionOf({ canaryPods: ['a-1', 'b.c-2'] }));
    assert.equal(
      filled,
      'sum(rate(e{pod=~"a-1|b[.]c-2",r="bbbbbbbbbbbb",ns="shop",a="checkout"}[1m])) / aaaaaaaaaaaa',
    );
    assert.equal(fillIn('x{{stableRevision}}y', agent, questionOf({ stableRevision: undefined })), 'xy');
  });

  it('is posted to the server below its path', async () => {
    const { arrivals, values } = await measureAt(vector('0.5'), { query: 'up{pod=~"{{pods}}"}' });
    assert.deepEqual(values, [0.5]);
    const [arrival] = arrivals;
    assert.deepEqual([arrival?.method, arrival?.path], ['POST', '/prefix/api/v1/query']);
    assert.equal(new URLSearchParams(arrival?.body.toString()).get('query'), 'up{pod=~"new-1"}');
    assert.equal(arrival?.headers.authorization, undefined);
  });

  const inconclusive: readonly (readonly [string, Script, RegExp])[] = [
    ['no series', vector(), /gives no series/],
    ['more than one series', vector('1', '2'), /gives 2 series; aggregate/],
    ['NaN', vector('NaN'), /gives NaN/],
    ['infinity', vector('+Inf'), /gives \+Inf/],
    ['a range', answers({ status: 'success', data: { resultType: 'matrix', result: [] } }), /gives a matrix/],
    [
      'an error of the query',
      answers({ status: 'error', errorType: 'bad_data', error: 'parse' }, 400),
      /bad_data: parse/,
    ],
    [
      'what is no answer of Prometheus',
      answers('<h1>secret page</h1>', 200),
      /answers 200, and not in the form/,
    ],
    ['an answer without end', endless, /not in the form/],
    [
      'a redirect',
      (_, response) => response.writeHead(302, { location: 'http://10.0.0.1/' }).end() && undefined,
      /answers 302/,
    ],
  ];
  for (const [what, script, problem] of inconclusive) {
    it(`has no result where it gives ${what}, and reports it`, async () => {
      const found = await measureAt(script);
      assert.deepEqual(found.values, []);
      assert.match(found.problem ?? '', problem);
      assert.doesNotMatch(found.problem ?? '', /secret page/);
    });
  }

  it('may give a scalar', async () => {
    const scalar = answers({ status: 'success', data: { resultType: 'scalar', result: [1, '3'] } });
    assert.deepEqual((await measureAt(scalar)).values, [3]);
  });

  it('carries a token from a Secret that is marked for it, and from no other', async () => {
    const { arrivals } = await measureAt(vector('1'), { tokenSecret: { name: 'token' } });
    assert.equal(arrivals[0]?.headers.authorization, 'Bearer s3cret');
    const refused = await measureAt(vector('1'), { tokenSecret: { name: 'other' } });
    assert.match(refused.problem ?? '', /kubectl label secret -n shop other softprobe\.ai\/gate-token=true$/);
    assert.deepEqual([refused.values, refused.arrivals.length], [[], 0]);
    const missing = await measureAt(vector('1'), { tokenSecret: { name: 'gone' } });
    assert.match(missing.problem ?? '', /Secret shop\/gone: it does not exist/);
  });

  it('is not sent to an address that a module could not be fetched from', async () => {
    await using stack = new AsyncDisposableStack();
    const server = stack.use(await startScriptedServer(vector('1')));
    const world = stack.use(await measuringWorld(false));
    const address = `http://127.0.0.1:${server.port}`;
    const measurer = startMeasurer(
      gateOf({ prometheus: { address, query: 'up', max: 1 } }),
      agent,
      world.context,
    );
    await assert.rejects(measurer?.measure(questionOf()) ?? Promise.resolve(), /--allow-private-urls/);
    assert.equal(server.arrivals.length, 0);
  });

  it('names the field where nothing listens', async () => {
    await using world = await measuringWorld();
    const gate = gateOf({ prometheus: { address: 'http://127.0.0.1:1', query: 'up', max: 1 } });
    const measurer = startMeasurer(gate, agent, world.context);
    await assert.rejects(
      measurer?.measure(questionOf()) ?? Promise.resolve(),
      /check host and port in spec\.rollout\.gates\[errors\]\.prometheus\.address/,
    );
  });
});

/** Writes for as long as somebody reads. */
function endless(_: unknown, response: Parameters<Script>[1]): void {
  const write = () => {
    while (!response.destroyed && response.write(' '.repeat(65_536)));
  };
  response.on('drain', write);
  write();
}
