import assert from 'node:assert/strict';
import type { Verification } from '../../operator/api/pod.ts';
import { verifyProxy } from '../../operator/rollout/verify.ts';
import { ids } from '../support/rollout.ts';

const configured = (revision: string, seconds: number) =>
  `# TYPE sp_agent_revision_${revision}_configured_at_seconds gauge\nsp_agent_revision_${revision}_configured_at_seconds{} ${seconds}`;
const conversions = (result: string, count: number) =>
  `istio_agent_wasm_config_conversion_count{result="${result}"} ${count}`;
const fetches = (result: string, count: number) =>
  `istio_agent_wasm_remote_fetch_count{result="${result}"} ${count}`;

const causeOf = (found: Verification) => (found.state === 'NotVerified' ? found.cause : found.state);

describe('verifyProxy', () => {
  const verdict = (...lines: string[]) => verifyProxy(lines.join('\n'), ids.b);

  it('verifies a proxy that configured the revision', () => {
    assert.deepEqual(verdict(configured(ids.b, 1.7673e9)), { state: 'Verified' });
  });

  it("knows the gauge by Envoy's own name too", () => {
    const name = `envoy_wasmcustom_sp_agent_revision_${ids.b}_configured_at_seconds`;
    assert.equal(verdict(`${name} 1767300000`).state, 'Verified');
  });

  it('takes the revision that was configured last, as a gauge outlives its VM', () => {
    assert.equal(verdict(configured(ids.a, 100), configured(ids.b, 200)).state, 'Verified');
    const switched = verdict(configured(ids.a, 300), configured(ids.b, 200));
    assert.deepEqual(switched, {
      state: 'NotVerified',
      message: `its proxy configured revision ${ids.a} after ${ids.b}`,
      cause: 'Unclear',
    });
  });

  it('waits for a proxy that says nothing of the revision yet', () => {
    for (const text of ['', 'no statistics at all', configured(ids.a, 100), configured(ids.b, 0)]) {
      assert.equal(causeOf(verdict(text)), 'Unclear', text);
    }
  });

  it("calls it refused when Istio's agent gave up and no other module was loaded", () => {
    const found = verdict(fetches('checksum_mismatched', 1), conversions('fetch_failure', 1));
    assert.equal(causeOf(found), 'Refused');
    assert.match('message' in found ? found.message : '', /checksum_mismatched, fetch_failure/);
  });

  it('leaves it open when the failed module may be that of another plug-in', () => {
    const found = verdict(conversions('success', 1), conversions('fetch_failure', 1));
    assert.equal(causeOf(found), 'Unclear');
  });

  it('knows the filter that Istio puts in place of a module', () => {
    const found = verdict('envoy_http_inbound_rbac_wasm_default_deny_denied{} 4');
    assert.equal(causeOf(found), 'Refused');
  });

  it('knows a download that failed, whatever other modules did: it may be tried again', () => {
    for (const result of ['download_failure', 'manifest_failure']) {
      const failed = [fetches(result, 1), conversions('fetch_failure', 1)];
      assert.equal(causeOf(verdict(...failed)), 'NotFetched');
      assert.equal(causeOf(verdict(...failed, conversions('success', 2))), 'NotFetched');
    }
  });

  it('knows a module that was loaded and not configured', () => {
    const found = verdict(fetches('success', 1), conversions('success', 1));
    assert.equal(causeOf(found), 'NotConfigured');
    assert.match('message' in found ? found.message : '', /has a module; see the log/);
  });

  it('does not mind failures before the revision was configured', () => {
    const found = verdict(configured(ids.b, 200), conversions('fetch_failure', 1));
    assert.equal(found.state, 'Verified');
  });
});
