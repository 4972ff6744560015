import assert from 'node:assert/strict';
import type { Expectation } from '../../operator/rollout/verify.ts';
import { ids } from '../support/rollout.ts';
import {
  now,
  nameOf,
  expected,
  foreign,
  bothSides,
  plugin,
  runs,
  conversions,
  statistics,
  verdict,
  verdictOnLast,
  causeOf,
} from '../support/proxy-answers.ts';

describe('The verdict on a proxy', () => {
  it('is Verified where each thread has the configuration and ticks', () => {
    assert.deepEqual(verdict(expected, plugin(ids.b), runs(ids.b)), { state: 'Verified' });
  });

  it('is Verified by the statistics of the filter alone, where Envoy does not name plug-ins', () => {
    assert.deepEqual(verdict(expected, runs(ids.b)), { state: 'Verified' });
  });

  it("knows the filter's statistics by Envoy's own names too", () => {
    const own = runs(ids.b).replaceAll('sp_agent', 'envoy_wasmcustom_sp_agent');
    assert.equal(verdict(expected, plugin(ids.b), own).state, 'Verified');
  });

  it('asks for each side', () => {
    const inbound = [plugin(ids.b, { side: 'Inbound' }), runs(ids.b, { side: 'inbound' })];
    const outbound = [plugin(ids.b, { side: 'Outbound' }), runs(ids.b)];
    assert.equal(verdict(bothSides, ...inbound, ...outbound).state, 'Verified');
    const half = verdict(bothSides, ...inbound, conversions('success', 2));
    assert.equal(causeOf(half), 'Unclear');
    assert.match('message' in half ? half.message : '', /for outbound requests/);
  });

  it('is not Verified where a filter was there and Istio put another in its place', () => {
    // The gauges of a machine that Envoy took away stay.
    const gone = runs(ids.b, { contexts: 0 });
    const other = plugin(ids.a);
    assert.equal(causeOf(verdict(expected, other, gone, conversions('fetch_failure', 1))), 'Refused');
    assert.equal(causeOf(verdict(expected, other, gone, conversions('success', 1))), 'Unclear');
  });

  it('is not Verified where a thread has not configured the filter', () => {
    const found = verdict(expected, plugin(ids.b), runs(ids.b, { contexts: 2 }));
    assert.equal(causeOf(found), 'NotConfigured');
  });

  it('is not Verified where Envoy has the plug-in and the filter never reported its configuration', () => {
    const found = verdict(expected, plugin(ids.b));
    assert.equal(causeOf(found), 'NotConfigured');
    assert.ok(found.state === 'NotVerified');
    assert.match(found.message, /^its proxy has not configured revision b+, though it has loaded the module/);
  });

  it('judges by the answer, whatever the clocks of node and operator say', () => {
    const past = now - 86_400;
    const answer = statistics(
      expected,
      [plugin(ids.b), runs(ids.b, { ticksAt: [past, past, past], configuredAt: now })],
      past,
    );
    assert.equal(verdictOnLast(expected, answer).state, 'Verified');
  });

  it('leaves alone what is not a number, and names that it does not know', () => {
    const strange = [
      'sp_agent_revision_x_requests 1',
      'sp_agent_revision_',
      runs(ids.b).replaceAll('{} ', '{} x'),
      'sp_agent_ NaN',
    ];
    assert.equal(causeOf(verdict(expected, plugin(ids.b), ...strange)), 'NotConfigured');
  });
});

describe('The verdict on a proxy with a module of another author', () => {
  it('is Loaded where Envoy has the plug-in', () => {
    const found = verdict(foreign, plugin(ids.b), conversions('success', 1));
    assert.equal(found.state, 'Loaded');
  });

  it('is Loaded where Envoy does not name plug-ins, if its agent had no failure and a machine runs', () => {
    const active = 'envoy_wasm_envoy_wasm_runtime_v8_active{} 3';
    assert.equal(verdict(foreign, active, conversions('success', 1)).state, 'Loaded');
    assert.equal(causeOf(verdict(foreign, conversions('success', 1))), 'Unclear');
    assert.equal(causeOf(verdict(foreign, active, conversions('fetch_failure', 1))), 'Refused');
  });

  it("knows a WasmPlugin by the name that Istio's translation gives it", () => {
    const name = nameOf(ids.b).replaceAll(/[^a-z0-9]/g, '_');
    const found = verdict(foreign, `envoy_wasm_${name}_istio_translated_wasmplugin_vm_reload{} 0`);
    assert.equal(found.state, 'Loaded');
  });

  it('is not misled by the plug-ins of others', () => {
    const found = verdict(foreign, plugin(ids.a), conversions('success', 1));
    assert.equal(causeOf(found), 'Unclear');
    const failing = [conversions('fetch_failure', 3), 'envoy_http_rbac_wasm_default_allow_allowed{} 4'];
    assert.equal(verdict(foreign, plugin(ids.b), ...failing).state, 'Loaded');
  });
});

describe('The side that a filter reports', () => {
  const inbound: Expectation = { ...expected, plugins: [{ name: nameOf(ids.b), side: 'Inbound' }] };

  it('is not asked for where the revision has one plug-in: a custom filter cannot know it', () => {
    assert.equal(verdict(inbound, plugin(ids.b), runs(ids.b)).state, 'Verified');
    assert.equal(verdict(inbound, plugin(ids.b), runs(ids.b, { side: 'inbound' })).state, 'Verified');
  });

  it('is asked for where it has two', () => {
    const plugins = [plugin(ids.b, { side: 'Inbound' }), plugin(ids.b, { side: 'Outbound' })];
    assert.equal(verdict(bothSides, ...plugins, runs(ids.b)).state, 'NotVerified');
  });
});

describe('The verdict on a filter that traps', () => {
  const answer = (seconds: number, ticksAt: number[]) =>
    statistics(expected, [plugin(ids.b), runs(ids.b, { ticksAt })], now + seconds);

  it('is Stopped once one of its threads is silent in two answers', () => {
    const first = answer(0, [now, now, now]);
    const silent = answer(30, [now + 29, now, now + 29]);
    assert.equal(causeOf(verdictOnLast(expected, first, silent)), 'Unclear');
    const again = answer(32, [now + 31, now, now + 31]);
    assert.equal(causeOf(verdictOnLast(expected, first, silent, again)), 'Stopped');
  });

  it('is Verified again where threads were only late', () => {
    const late = answer(30, [now, now, now]);
    const caughtUp = answer(32, [now + 31, now + 31, now + 31]);
    assert.equal(verdictOnLast(expected, late, caughtUp).state, 'Verified');
    const busy = answer(0, [now - 2, now - 2, now - 1]);
    assert.equal(verdictOnLast(expected, busy).state, 'Verified');
  });

  it('is Reloading after the third reload since the first answer, of any module', () => {
    for (const expectation of [{ ...expected, reloads: true }, foreign]) {
      const after = (reloads: number) =>
        statistics(expectation, [plugin(ids.b, { reloads }), runs(ids.b)], now);
      assert.notEqual(causeOf(verdictOnLast(expectation, after(7), after(9))), 'Reloading');
      assert.equal(causeOf(verdictOnLast(expectation, after(7), after(9), after(10))), 'Reloading');
      // The proxy was started again.
      assert.notEqual(causeOf(verdictOnLast(expectation, after(7), after(1))), 'Reloading');
    }
  });

  it('does not count as silent what Envoy has replaced', () => {
    const reloading = { ...expected, reloads: true };
    const replaced = statistics(
      reloading,
      [plugin(ids.b, { reloads: 1 }), runs(ids.b, { contexts: 4, ticksAt: [now, now, now, now - 900] })],
      now,
    );
    assert.equal(verdictOnLast(reloading, replaced).state, 'Verified');
  });
});

describe('The verdict on a proxy that was switched while it ran', () => {
  const both = (seconds: number, own: Parameters<typeof runs>[1], other: Parameters<typeof runs>[1]) => {
    const ticksAt = [now + seconds, now + seconds, now + seconds];
    return statistics(
      expected,
      [plugin(ids.b), runs(ids.b, { ticksAt, ...own }), plugin(ids.a), runs(ids.a, { ticksAt, ...other })],
      now + seconds,
    );
  };
  const newer = { configuredAt: now - 10 };
  const older = { configuredAt: now - 50 };

  it('is Verified when the revision was configured last, and requests run in it', () => {
    assert.equal(verdictOnLast(expected, both(0, newer, older)).state, 'Verified');
    const later = both(2, { ...newer, requests: 3 }, { ...older, requests: 1 });
    assert.equal(verdictOnLast(expected, both(0, newer, older), later).state, 'Verified');
  });

  it('waits when requests run in the other revision alone, though this one was configured last', () => {
    const later = both(2, newer, { ...older, requests: 4 });
    assert.equal(causeOf(verdictOnLast(expected, both(0, newer, older), later)), 'Unclear');
  });

  it('is Verified after a switch back when requests run in it alone', () => {
    const before = both(0, { ...older, requests: 10 }, { ...newer, requests: 5 });
    assert.equal(causeOf(verdictOnLast(expected, before)), 'Unclear');
    const mixed = both(2, { ...older, requests: 12 }, { ...newer, requests: 6 });
    assert.equal(causeOf(verdictOnLast(expected, before, mixed)), 'Unclear');
    const settled = both(4, { ...older, requests: 15 }, { ...newer, requests: 6 });
    assert.equal(verdictOnLast(expected, mixed, settled).state, 'Verified');
  });

  it('is Loaded after a switch back without requests, which nothing can show', () => {
    const found = verdictOnLast(expected, both(0, older, newer), both(2, older, newer));
    assert.equal(found.state, 'Loaded');
    assert.match('message' in found ? found.message : '', /was switched to revision/);
  });

  it('takes no side where both were configured in the same second', () => {
    assert.equal(causeOf(verdictOnLast(expected, both(0, newer, newer))), 'Unclear');
  });

  it('is Verified when the other revision has ended, or died', () => {
    const ended = both(0, older, { ...newer, contexts: 0, ticksAt: [] });
    assert.equal(verdictOnLast(expected, ended).state, 'Verified');
    const died = both(0, older, { ...newer, contexts: 1, ticksAt: [now - 600] });
    assert.equal(verdictOnLast(expected, died).state, 'Verified');
  });
});
