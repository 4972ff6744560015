import assert from 'node:assert/strict';
import type { BackendState } from '../../hack/bench/backend.ts';
import { startChild } from '../../hack/bench/child.ts';
import type { Load, LoadResult } from '../../hack/bench/load.ts';
import { buildModules } from '../../hack/bench/modules.ts';
import { startProxy, startWith, type ProxyOptions } from '../../hack/bench/proxy.ts';
import { measure, measureRounds, type Bench } from '../../hack/bench/rounds.ts';
import { scenarios } from '../../hack/bench/scenarios.ts';
import { soak, type Memory } from '../../hack/bench/soak.ts';
import { listenerOf, pairs, variants } from '../../hack/bench/variants.ts';
import { tool } from '../../hack/tools/tool.ts';
import { filterModule } from '../support/filter-module.ts';

describe('The bench', () => {
  const stack = new AsyncDisposableStack();
  let options: ProxyOptions;
  let parts: Omit<Bench, 'proxy'>;

  before(async function () {
    this.timeout(120_000);
    const modules = stack.use(await buildModules(await filterModule()));
    const backend = stack.use(startChild<'state', BackendState>('./backend.ts'));
    const load = stack.use(startChild<Load, LoadResult>('./load.ts'));
    options = { binary: await tool('envoy'), modules, backend: await backend.ask('state') };
    parts = { backend, load, connections: 4 };
  });
  after(() => stack.disposeAsync());

  it('sees every variant make its calls, and memory that does not grow', async () => {
    await using proxy = await startProxy(pairs, options);
    const bench = { ...parts, proxy };
    const samples = await measureRounds(bench, pairs, { rounds: 1, requests: () => 8 });
    assert.equal(samples.size, pairs.length);
    for (const [name, values] of samples) {
      assert.equal(values.length, 1, name);
      assert.ok(values[0]! > 0, name);
    }
    const { half, end } = await soak(bench, 400);
    const own = ({ linearBytes, allocatedBytes }: Memory) => ({ linearBytes, allocatedBytes });
    assert.deepEqual(own(end), own(half));
  });

  it('fails when a proxy does not what it should', async () => {
    const pair = [scenarios.get, 'bypassed'] as const;
    const other = variants.ext_authz.listener(scenarios.get, options.modules);
    await using proxy = await startWith(
      [{ name: listenerOf(pair), upstream: 'upstream', ...other }],
      options,
      1,
    );
    await assert.rejects(
      measure({ ...parts, proxy }, pair, 8),
      /GET, 1 KB JSON answer, bypassed: the backend counted 8 authorisations for 8 requests, not 0/,
    );
  });

  it('fails when Envoy has not counted what the client sent', async () => {
    const pair = [scenarios.get, 'bypassed'] as const;
    await using proxy = await startWith([{ name: listenerOf(pair), upstream: 'upstream' }], options, 1);
    await assert.rejects(
      measureRounds({ ...parts, proxy }, [pair], { rounds: 1, requests: () => 8 }),
      /Envoy's wasmcustom.sp_agent_bypassed is undefined, not [1-9]/,
    );
  });
});
