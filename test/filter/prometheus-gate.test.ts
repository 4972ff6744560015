import assert from 'node:assert/strict';
import type { GateQuestion, PrometheusSample } from '../../operator/api/gates.ts';
import { startMeasurer } from '../../operator/measure/measurers.ts';
import { judgeGates } from '../../operator/rollout/gates/judge-gates.ts';
import { eventually } from '../support/eventually.ts';
import { startFilter, type FilterFixture } from '../support/filter-fixture.ts';
import { agent, gateOf, measuringWorld, questionOf, type MeasuringWorld } from '../support/measuring.ts';
import { startPrometheus, type Prometheus } from '../support/prometheus.ts';
import { startScriptedServer } from '../support/scripted-server.ts';
import { selfSigned, type SelfSigned } from '../../hack/cluster/self-signed.ts';

const question = questionOf({ canaryPods: ['checkout.v2-1'] });
const { revision, since } = question;

/** Failed requests of the filter's revision in the pods of the question. */
const failed =
  'sum(sp_agent_revision_{{revision}}_outbound_responses_5xx{namespace="{{namespace}}",pod=~"{{pods}}"})';

describe('A gate that asks a real Prometheus', () => {
  const stack = new AsyncDisposableStack();
  let fixture: FilterFixture;
  let prometheus: Prometheus;
  let world: MeasuringWorld;

  before(async function () {
    // The first suite of a run compiles the filter.
    this.timeout(120_000);
    fixture = stack.use(await startFilter({ listeners: { main: { configuration: { revision } } } }));
    const target = (url: string, labels: object) => ({ targets: [new URL(url).host], labels });
    const proxy = (pod: string) => target(fixture.envoy.adminUrl, { namespace: 'shop', pod });
    prometheus = stack.use(
      await startPrometheus({
        scrapes: [
          {
            job_name: 'proxies',
            metrics_path: '/stats/prometheus',
            static_configs: [proxy('checkout.v2-1'), proxy('checkoutxv2-1'), proxy('checkout.v2-10')],
          },
        ],
      }),
    );
    world = stack.use(await measuringWorld());
  });

  after(() => stack.disposeAsync());

  /** Measures once, and judges what was measured. */
  async function measure(gate: object, asked: GateQuestion = question) {
    const spec = gateOf({ prometheus: { address: prometheus.url, max: 1, ...gate } });
    const measurer = startMeasurer(spec, agent, world.context);
    assert.ok(measurer);
    const sample = await measurer.measure(asked).catch((error: unknown) => {
      assert.ok(error instanceof Error);
      return measurer.failed(error.message);
    });
    const samples = { since, byGate: new Map([[spec.name, sample]]) };
    const [result] = judgeGates([spec], { samples, since }, sample.at);
    const { values, problem } = sample as PrometheusSample;
    return { values, problem, verdict: result?.verdict };
  }

  it("passes and fails by the filter's own statistics of the revision, in the canary's pods alone", async () => {
    const path = '/pay';
    fixture.answer(path, (_, response) => void response.writeHead(503).end());
    await fixture.send('main', '/fine');
    // Counts are there with the first response of a class.
    await fixture.send('main', path);
    await eventually('the first failed request', async () => {
      const { values, verdict } = await measure({ query: failed });
      assert.equal(verdict, 'Pass');
      return values[0] === 1;
    });
    await fixture.send('main', path);
    await fixture.send('main', path);
    await eventually('all failed requests', async () => {
      const { values, verdict } = await measure({ query: failed });
      assert.equal(verdict, values[0] === 3 ? 'Fail' : 'Pass');
      return values[0] === 3;
    });
    const all = await measure({ query: failed.replace('pod=~"{{pods}}"', 'pod=~".*"') });
    assert.deepEqual(all.values, [9]);
  });

  it('finds no other pod by the dot in the name of one, nor one whose name begins like it', async () => {
    const query = 'count(up{pod=~"{{pods}}"})';
    await eventually('all proxies to be scraped', async () => {
      const { values } = await measure({ query: 'count(up{job="proxies"})' });
      return values[0] === 3;
    });
    assert.deepEqual((await measure({ query })).values, [1]);
    const both = questionOf({ canaryPods: ['checkout.v2-1', 'checkout.v2-10'] });
    assert.deepEqual((await measure({ query }, both)).values, [2]);
    const none = await measure({ query: 'up{pod=~"{{pods}}"}' }, questionOf({ canaryPods: [] }));
    assert.match(none.problem ?? '', /gives no series/);
  });

  const inconclusive: readonly (readonly [string, string, RegExp])[] = [
    ['no series', 'absent_metric', /gives no series/],
    ['several series', '{job="proxies",__name__="up"} or vector(1)', /gives \d series; aggregate/],
    ['no number', '0 / 0', /gives NaN; it may have no data yet/],
    ['no finite number', 'vector(1) / 0', /gives \+Inf/],
    ['a text', '"text"', /gives a string; it must give one number/],
    ['a range', 'up[1m]', /gives a matrix; it must give one number/],
    ['an error', 'sum(', /refuses the query: bad_data: .*parse error/],
  ];
  for (const [what, query, problem] of inconclusive) {
    it(`is inconclusive where the query gives ${what}, and says so`, async () => {
      const found = await measure({ query });
      assert.deepEqual(found.values, []);
      assert.match(found.problem ?? '', problem);
      assert.equal(found.verdict, 'Inconclusive');
    });
  }

  it('is inconclusive where the query takes longer than the server allows, and says so', async () => {
    await using hasty = await startPrometheus({ queryTimeout: '1ms' });
    const found = await measure({
      address: hasty.url,
      query: 'count_over_time(vector(1)[10m:1ms]) + vector(1)',
    });
    assert.match(found.problem ?? '', /refuses the query: timeout: query timed out/);
    assert.equal(found.verdict, 'Inconclusive');
  });

  it('takes a scalar', async () => {
    assert.deepEqual((await measure({ query: 'scalar(vector(0.5)) * 3' })).values, [1.5]);
  });

  it('reaches a Prometheus behind a proxy that asks for a token, by the token of a Secret', async () => {
    world.secrets.set('token', {
      metadata: { name: 'token', labels: { 'softprobe.ai/gate-token': 'true' } },
      data: { token: Buffer.from('s3cret').toString('base64') },
    });
    await using proxy = await startScriptedServer(async ({ path, headers, body }, response) => {
      if (headers.authorization !== 'Bearer s3cret') return void response.writeHead(401).end();
      const url = `${prometheus.url}${path.replace('/tenant', '')}`;
      const answer = await fetch(url, {
        method: 'POST',
        headers: { 'content-type': headers['content-type'] ?? '' },
        body: new Uint8Array(body),
      });
      response.writeHead(answer.status).end(await answer.text());
    });
    const gate = { address: `http://127.0.0.1:${proxy.port}/tenant`, query: 'vector(1)' };
    assert.match((await measure(gate)).problem ?? '', /the server answers 401/);
    const found = await measure({ ...gate, tokenSecret: { name: 'token' } });
    assert.deepEqual([found.values, found.verdict], [[1], 'Pass']);
  });

  it('reaches a Prometheus over https with the certificates of its own bundle, and with no others', async () => {
    const certificate = await selfSigned(['IP:127.0.0.1']);
    await using secure = await startPrometheus({ certificate });
    const gate = { address: secure.url, query: 'vector(1)' };
    assert.deepEqual((await measure({ ...gate, caBundle: certificate.certificate })).values, [1]);
    const others: (SelfSigned | undefined)[] = [undefined, await selfSigned(['IP:127.0.0.1'])];
    for (const other of others) {
      const found = await measure({ ...gate, ...(other ? { caBundle: other.certificate } : {}) });
      assert.deepEqual([found.values, found.verdict], [[], 'Inconclusive']);
      assert.match(found.problem ?? '', /certificate/);
    }
  });
});
