import assert from 'node:assert/strict';
import { ids } from '../support/rollout.ts';
import {
  expected,
  plugin,
  conversions,
  fetches,
  statistics,
  verdict,
  verdictOnLast,
  causeOf,
} from '../support/proxy-answers.ts';

describe('The reason why a proxy lacks a plug-in', () => {
  it('is open as long as nothing has arrived', () => {
    for (const text of ['', 'no statistics at all'])
      assert.equal(causeOf(verdict(expected, text)), 'Unclear');
  });

  it("is a refusal when Istio's agent gave up and no other module was loaded", () => {
    const found = verdict(expected, fetches('checksum_mismatched', 1), conversions('fetch_failure', 1));
    assert.equal(causeOf(found), 'Refused');
    assert.match('message' in found ? found.message : '', /checksum_mismatched, fetch_failure/);
  });

  it('is open when the failed module may be that of another plug-in', () => {
    const found = verdict(expected, conversions('success', 1), conversions('fetch_failure', 1));
    assert.equal(causeOf(found), 'Unclear');
  });

  it('is a refusal when Istio put its own filter in place of the module', () => {
    assert.equal(causeOf(verdict(expected, 'envoy_http_rbac_wasm_default_deny_denied{} 4')), 'Refused');
  });

  it('is a download that failed, which may be tried again, whatever became of other modules', () => {
    for (const result of ['download_failure', 'manifest_failure']) {
      const failed = [fetches(result, 1), conversions('fetch_failure', 1)];
      assert.equal(causeOf(verdict(expected, ...failed)), 'NotFetched');
      assert.equal(causeOf(verdict(expected, ...failed, conversions('success', 2))), 'NotFetched');
    }
  });

  it('is open when the proxy has loaded the module of another plug-in, as istiod may not have pushed this one', () => {
    for (const others of ['', plugin(ids.a)]) {
      const found = verdict(expected, fetches('success', 1), conversions('success', 1), others);
      assert.equal(causeOf(found), 'Unclear');
      assert.match('message' in found ? found.message : '', /^its proxy has not configured revision b+$/);
    }
  });

  it('is a failed configuration when Envoy has ended more machines than it has plug-ins', () => {
    const machines = (created: number, active: number) =>
      [
        `envoy_wasm_envoy_wasm_runtime_v8_created{} ${created}`,
        `envoy_wasm_envoy_wasm_runtime_v8_active{} ${active}`,
      ].join('\n');
    const others = [plugin(ids.a), conversions('success', 2)];
    assert.equal(causeOf(verdict(expected, ...others, machines(4, 3))), 'Unclear');
    assert.equal(causeOf(verdict(expected, plugin(ids.a), machines(5, 3))), 'Unclear');
    const failed = verdict(expected, ...others, machines(5, 3));
    assert.equal(causeOf(failed), 'NotConfigured');
    assert.match('message' in failed ? failed.message : '', /has a module; see the log/);
    const switched = { ...expected, isSwitched: true };
    const before = statistics(switched, [...others, machines(9, 3)]);
    assert.equal(causeOf(verdictOnLast(switched, before, before)), 'Unclear');
    const after = statistics(switched, [...others, machines(10, 3)]);
    assert.equal(causeOf(verdictOnLast(switched, before, before, after)), 'NotConfigured');
  });

  it('is a failed configuration when the proxy runs none, in two answers after its agent handed a module over', () => {
    const nothing = statistics(expected, []);
    const handedOver = statistics(expected, [fetches('success', 1), conversions('success', 2)]);
    assert.equal(causeOf(verdictOnLast(expected, nothing, handedOver)), 'Unclear');
    assert.equal(causeOf(verdictOnLast(expected, nothing, handedOver, handedOver)), 'NotConfigured');
  });

  it('is a failed configuration when a switched proxy lacks it in two answers after its agent handed a module over', () => {
    const switched = { ...expected, isSwitched: true };
    const withOther = (count: number) =>
      statistics(switched, [
        plugin(ids.a),
        conversions('success', count),
        'envoy_wasm_envoy_wasm_runtime_v8_active{} 3',
      ]);
    assert.equal(causeOf(verdictOnLast(switched, withOther(1), withOther(1), withOther(1))), 'Unclear');
    assert.equal(causeOf(verdictOnLast(switched, withOther(1), withOther(2))), 'Unclear');
    assert.equal(causeOf(verdictOnLast(switched, withOther(1), withOther(2), withOther(2))), 'NotConfigured');
    assert.equal(causeOf(verdictOnLast(expected, withOther(1), withOther(2), withOther(2))), 'Unclear');
  });

  it('is not a failure of a resource that is no module', () => {
    assert.equal(causeOf(verdict(expected, conversions('no_remote_load', 1))), 'Unclear');
  });
});
