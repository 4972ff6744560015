import assert from 'node:assert/strict';
import { StatisticsReader } from '../../operator/rollout/proxy-statistics.ts';

function read(lines: Iterable<string>, plugins: readonly string[] = []) {
  const reader = new StatisticsReader(plugins);
  for (const line of lines) reader.read(line);
  return reader.result(0);
}

describe("A proxy's statistics", () => {
  it('are read with and without labels, and with a time behind the value', () => {
    const { conversions, workers, virtualMachines } = read([
      '# TYPE envoy_server_concurrency gauge',
      'envoy_server_concurrency 4',
      'envoy_wasm_envoy_wasm_runtime_v8_active{} 5 1700000000000',
      'istio_agent_wasm_config_conversion_count{result="success",other="x"} 2\r',
    ]);
    assert.deepEqual([workers, virtualMachines, conversions.get('success')], [4, 5, 2]);
  });

  it('count the reloads of the plug-ins that were asked for, those that failed too', () => {
    const lines = [
      'envoy_wasm_shop_a_111_vm_reload{} 0',
      'envoy_wasm_shop_a_111_vm_reload_backoff{} 9',
      'envoy_wasm_shop_a_111_vm_reload_success{} 2',
      'envoy_wasm_shop_a_111_vm_reload_failure{} 1',
      'envoy_wasm_shop_a_1112_vm_reload_success{} 7',
    ];
    const { reloads, namesPlugins } = read(lines, ['shop.a-111', 'shop.b-222']);
    assert.deepEqual([...reloads], [['shop.a-111', 3]]);
    assert.ok(namesPlugins);
    assert.ok(!read([]).namesPlugins);
  });

  it('have a side of a revision only where the proxy has statistics of it', () => {
    const id = '0123456789ab';
    const { revisions } = read([
      `sp_agent_revision_${id}_configured_at_seconds{} 7`,
      `sp_agent_revision_${id}_inbound_requests{} 5`,
    ]);
    const sides = new Map([['Inbound', { requests: 5, contexts: 0, lastTickSeconds: 0 }]]);
    assert.deepEqual(revisions.get(id), { configuredAt: 7, sides });
    const { revisions: bare } = read([`sp_agent_revision_${id}_configured_at_seconds{} 7`]);
    assert.equal(bare.get(id)?.sides.size, 0);
  });

  it('take up little memory, whatever a pod makes of them', () => {
    const hostile = function* () {
      for (let index = 0; index < 5000; index += 1) {
        const id = index.toString(16).padStart(12, '0');
        yield `sp_agent_revision_${id}_inbound_requests{} 1`;
        yield `sp_agent_lookup_errors_x${id.replaceAll(/[0-9]/g, 'x')}{} 1`;
        yield `sp_agent_anything_${id}{} 1`;
        yield `istio_agent_wasm_remote_fetch_count{result="a${id.replaceAll(/[0-9]/g, 'b')}"} 1`;
        yield `envoy_wasm_p${id}_vm_reload{} 1`;
      }
    };
    const { revisions, backend, fetches, reloads } = read(hostile());
    assert.deepEqual([revisions.size, backend.size, reloads.size], [16, 0, 0]);
    assert.ok(fetches.size <= 16);
  });

  it('do not name a plug-in by what Envoy counts of all wasm filters', () => {
    assert.equal(read(['envoy_wasm_remote_load_cache_hits{} 1']).namesPlugins, false);
    assert.equal(read(['envoy_wasm_other_vm_reload{} 0']).namesPlugins, true);
  });
});
