import assert from 'node:assert/strict';
import type { GateSample } from '../../operator/api/gates.ts';
import { ProxyCountsReader } from '../../operator/measure/proxy-counts.ts';
import { startMeasurer } from '../../operator/measure/measurers.ts';
import { ids } from '../support/rollout.ts';
import { agent, gateOf, measuringWorld, questionOf } from '../support/measuring.ts';

function countsOf(text: string, isCounted: (revision: string) => boolean = () => true) {
  const reader = new ProxyCountsReader(isCounted);
  for (const line of text.split('\n')) reader.read(line);
  return reader.result();
}

/** As Istio's proxy reports requests, by code. */
const istio = (byCode: Readonly<Record<string, number>>) =>
  Object.entries(byCode)
    .map(([code, count]) => `istio_requests_total{reporter="source",response_code="${code}"} ${count}\n`)
    .join('');

const own = (revision: string, { good = 0, bad = 0 }) =>
  `sp_agent_revision_${revision}_outbound_responses_2xx{} ${good}\n` +
  `sp_agent_revision_${revision}_outbound_responses_5xx{} ${bad}\n`;

describe('what a proxy counts', () => {
  it("is read from Istio's metric: 5xx and requests without a response failed", () => {
    const { istio: counts } = countsOf(istio({ 200: 10, 404: 5, 500: 2, 503: 1, 0: 1 }));
    assert.deepEqual(counts, { all: 19, failed: 4 });
  });

  it('is read from our filter, for the revisions that are asked for', () => {
    const text = own(ids.a, { good: 7, bad: 1 }) + own(ids.b, { good: 3, bad: 2 });
    assert.deepEqual(countsOf(text, (id) => id === ids.b).filter, { all: 5, failed: 2 });
    assert.equal(countsOf(text).istio, undefined);
  });

  it('holds lookups and recordings, and the share of them that failed', () => {
    const counts = countsOf(
      [
        'sp_agent_lookup_hits 1',
        'sp_agent_lookup_misses 2',
        'sp_agent_lookup_errors_timeout 3',
        'sp_agent_saved_spans 10',
        'sp_agent_saved_bytes 1000',
        'sp_agent_dropped_queue 4',
        'envoy_server_uptime{} 77',
      ].join('\n'),
    );
    assert.deepEqual([counts.lookups, counts.failedLookups], [6, 3]);
    assert.deepEqual([counts.recordings, counts.droppedRecordings], [14, 4]);
    assert.equal(counts.uptime, 77);
  });

  it('leaves out what is no count', () => {
    const text =
      'istio_requests_total{response_code="500"} NaN\nistio_requests_total{} -5\nistio_requests_total 1e999';
    assert.equal(countsOf(text).istio, undefined);
  });
});

/** Measures the gate `proxies` again and again. */
async function measuring() {
  const world = await measuringWorld();
  const measurer = startMeasurer(gateOf({ proxies: {} }), agent, world.context);
  assert.ok(measurer);
  const measure = async (pods: Readonly<Record<string, string | undefined>>, parts = {}) => {
    world.proxies.clear();
    for (const [name, text] of Object.entries(pods)) world.proxies.set(name, text);
    const sample: GateSample = await measurer.measure(questionOf(parts));
    assert.equal(sample.kind, 'Proxies');
    return sample as Extract<GateSample, { kind: 'Proxies' }>;
  };
  return { measure, [Symbol.asyncDispose]: () => world[Symbol.asyncDispose]() };
}

describe('the gate proxies measures', () => {
  it('what was counted since the first answer, on either side', async () => {
    await using gate = await measuring();
    const first = await gate.measure({
      'new-1': istio({ 200: 1000, 500: 50 }),
      'old-1': istio({ 200: 500 }),
    });
    assert.deepEqual([first.canary.requests, first.stable.requests], [0, 0]);
    const { canary, stable } = await gate.measure({
      'new-1': istio({ 200: 1010, 500: 60 }),
      'old-1': istio({ 200: 600, 500: 1 }),
    });
    assert.deepEqual([canary.requests, canary.failedRequests], [20, 10]);
    assert.deepEqual([stable.requests, stable.failedRequests], [101, 1]);
  });

  it('by the counters of our filter where the proxies lack Istio’s metric', async () => {
    await using gate = await measuring();
    await gate.measure({ 'new-1': own(ids.a, { good: 900 }), 'old-1': own(ids.a, { good: 5 }) });
    const { canary, stable } = await gate.measure({
      'new-1': own(ids.a, { good: 905 }) + own(ids.b, { good: 1, bad: 3 }),
      'old-1': own(ids.a, { good: 15 }),
    });
    assert.deepEqual([canary.requests, canary.failedRequests], [4, 3]);
    assert.deepEqual([stable.requests, stable.failedRequests], [10, 0]);
  });

  it('from a new base when a counter goes back, and counts the restart', async () => {
    await using gate = await measuring();
    const up = (seconds: number, text: string) => ({ 'new-1': `envoy_server_uptime ${seconds}\n${text}` });
    await gate.measure(up(1000, istio({ 200: 5000 })));
    const { canary } = await gate.measure(up(3, istio({ 200: 4 })));
    assert.deepEqual([canary.requests, canary.restarts], [4, 1]);
  });

  it('from a new base for a pod that changes sides', async () => {
    await using gate = await measuring();
    await gate.measure({ 'old-1': istio({ 200: 10 }) });
    const moved = { canaryPods: ['new-1', 'old-1'], stablePods: ['old-2'] };
    const { canary, stable } = await gate.measure({ 'old-1': istio({ 200: 500 }) }, moved);
    assert.deepEqual([canary.requests, stable.requests], [0, 0]);
    const later = await gate.measure({ 'old-1': istio({ 200: 507 }) }, moved);
    assert.equal(later.canary.requests, 7);
  });

  it('and keeps the part of a pod that is gone', async () => {
    await using gate = await measuring();
    await gate.measure({ 'new-1': istio({ 200: 0 }) });
    await gate.measure({ 'new-1': istio({ 200: 9 }) });
    assert.equal((await gate.measure({})).canary.requests, 9);
  });

  it('and reports a pod with the new revision that cannot be asked, but no other', async () => {
    await using gate = await measuring();
    const { problem } = await gate.measure({ 'new-1': undefined, 'old-1': undefined });
    assert.equal(problem, 'pod new-1: its proxy cannot be asked: connection refused');
    const { problem: none } = await gate.measure({ 'new-1': istio({ 200: 1 }), 'old-1': undefined });
    assert.equal(none, undefined);
    const missedOnce = await gate.measure({ 'new-1': undefined });
    assert.equal(missedOnce.problem, undefined);
  });
});
