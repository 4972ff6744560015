import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { compile } from '../../operator/artifact/compiler/compile.ts';
import { bundledJob } from '../../operator/artifact/compiler/job.ts';
import { pluginName } from '../../operator/cli/trial/envoy-bootstrap.ts';
import { StatisticsReader, statisticsFilter } from '../../operator/rollout/proxy-statistics.ts';
import type { ProxyStatistics } from '../../operator/rollout/proxy-statistics.ts';
import { verifyProxy, type Expectation } from '../../operator/rollout/verify.ts';
import { eventually } from '../support/eventually.ts';
import { describeInEnvoy, freshPath, type FilterFixture } from '../support/filter-fixture.ts';

const [a, b] = ['aaaaaaaaaaaa', 'bbbbbbbbbbbb'];
const listening = (revision: string, more: object = {}) => ({
  main: { configuration: { revision, lookup: { enabled: false }, ...more } },
});
const node = { id: 'proxy', cluster: 'test' };
const options = { listeners: listening(a), replaceable: true, node };

function expecting(revision: string, reloads: boolean): Expectation {
  return {
    revision,
    plugins: [{ name: pluginName, side: 'Outbound' }],
    reportsRevision: true,
    reloads,
    isSwitched: false,
  };
}

async function statistics({ envoy }: FilterFixture, plugin = pluginName): Promise<ProxyStatistics> {
  const url = `${envoy.adminUrl}/stats/prometheus?filter=${encodeURIComponent(statisticsFilter)}`;
  const response = await fetch(url);
  const reader = new StatisticsReader([plugin]);
  for (const line of (await response.text()).split('\n')) reader.read(line);
  return reader.result(Date.now());
}

/** What is reported of a revision after one more question. */
function judge(fixture: FilterFixture, revision: string, reloads = false) {
  let first: ProxyStatistics | undefined;
  let previous: ProxyStatistics | undefined;
  return async () => {
    const latest = await statistics(fixture);
    const verdict = verifyProxy(expecting(revision, reloads), { latest, previous, first });
    first ??= latest;
    previous = latest;
    return verdict.state === 'NotVerified' ? verdict.cause : verdict.state;
  };
}

describeInEnvoy("The operator's proof that a proxy runs a revision", options, (fixture) => {
  it('holds for the revision that runs, and moves with a switch while the proxy runs, there and back', async () => {
    const { send, replace } = fixture();
    const [ofA, ofB] = [judge(fixture(), a), judge(fixture(), b)];
    await eventually('the proof of the first', async () => (await ofA()) === 'Verified');
    assert.notEqual(await ofB(), 'Verified');
    await replace(listening(b));
    await eventually('the proof of the second', async () => (await ofB()) === 'Verified');
    await eventually('the end of the first', async () => (await ofA()) !== 'Verified');
    await replace(listening(a));
    await send('main', freshPath());
    await eventually('the proof of the first again', async () => (await ofA()) === 'Verified');
    await eventually('the end of the second', async () => (await ofB()) !== 'Verified');
  });
});

describeInEnvoy('A filter that refuses its configuration', options, (fixture) => {
  it('differs in the statistics from one that the proxy has not got yet', async () => {
    const plugin = { name: 'shop.checkout', side: 'Outbound' } as const;
    // Istio's agent counts the modules that it hands over.
    const cause = async () => {
      const found = await statistics(fixture(), plugin.name);
      const latest = { ...found, conversions: new Map([['success', 1]]) };
      const verdict = verifyProxy(
        { ...expecting(b, false), plugins: [plugin] },
        { latest, previous: undefined, first: undefined },
      );
      return verdict.state === 'NotVerified' ? verdict.cause : verdict.state;
    };
    assert.equal(await cause(), 'Unclear');
    await fixture().replace({ main: { configuration: { revision: b, lookup: 'no' } } });
    await eventually('a plug-in that Envoy gave up', async () => (await cause()) === 'NotConfigured');
  });
});

describeInEnvoy('A filter that has trapped', options, (fixture) => {
  let directory: string;

  before(async function () {
    this.timeout(120_000);
    directory = await mkdtemp(join(tmpdir(), 'sp-agent-module-'));
    await writeTrappingFilter(join(directory, 'traps.wasm'));
  });
  after(() => rm(directory, { recursive: true }));

  it('is found in the statistics, though the main thread still ticks', async function () {
    this.timeout(120_000);
    const { send, replace } = fixture();
    await replace(listening(b), join(directory, 'traps.wasm'));
    const state = judge(fixture(), b);
    await eventually('the proof', async () => (await state()) === 'Verified', 30_000);
    await send('main', freshPath(), { method: 'POST', body: 'traps' });
    await eventually('a filter that stopped', async () => (await state()) === 'Stopped', 60_000);
  });

  it('is found by its reloads where Envoy starts it again', async function () {
    this.timeout(120_000);
    const { send, replace } = fixture();
    const reloading = { main: { ...listening(a).main, failurePolicy: 'FAIL_RELOAD' } } as const;
    await replace(reloading, join(directory, 'traps.wasm'));
    const state = judge(fixture(), a, true);
    await eventually('the proof', async () => (await state()) === 'Verified', 30_000);
    await eventually(
      'a filter that is reloaded again and again',
      async () => {
        await send('main', freshPath(), { method: 'POST', body: 'traps' });
        return (await state()) === 'Reloading';
      },
      60_000,
    );
  });
});

/** Writes the bundled filter, but for one callback that traps: that of a request's body. */
async function writeTrappingFilter(path: string): Promise<void> {
  const job = await bundledJob({ optimize: 3, debug: false });
  const index = 'assembly/index.ts';
  const callback = 'export function proxy_on_request_body(id: u32, size: u32, isEnd: u32): u32 {';
  const source = job.files[index] ?? '';
  assert.ok(source.includes(callback));
  const changed = source.replace(callback, `${callback}\n  if (size) unreachable();`);
  await writeFile(path, await compile({ ...job, files: { ...job.files, [index]: changed } }));
}
