import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { reportComparison } from '../../hack/bench/comparison.ts';
import { reportFeatures } from '../../hack/bench/features.ts';
import { median, medianRange } from '../../hack/bench/median.ts';
import { reportSoak } from '../../hack/bench/report.ts';
import { scenarios } from '../../hack/bench/scenarios.ts';
import { reportTargets } from '../../hack/bench/targets.ts';
import { listenerOf, pairs, type VariantName } from '../../hack/bench/variants.ts';

function bench(...words: string[]): { code: number | null; out: string; error: string } {
  const { status, stdout, stderr } = spawnSync(process.execPath, ['hack/bench/filter.ts', ...words], {
    encoding: 'utf8',
  });
  return { code: status, out: stdout, error: stderr };
}

/** The machine is half as fast in each second round. */
const slowdowns = [1, 2, 1, 2, 1, 2];

/** Every variant takes 100 µs, but for the given ones of the GET scenario. */
function samplesWith(microseconds: Partial<Record<VariantName, number>>): Map<string, number[]> {
  return new Map(
    pairs.map((pair) => {
      const [scenario, variant] = pair;
      const value = (scenario === scenarios.get && microseconds[variant]) || 100;
      return [listenerOf(pair), slowdowns.map((slowdown) => value * slowdown)];
    }),
  );
}

describe('npm run bench:filter', () => {
  it('explains its options', () => {
    const { code, out } = bench('--help');
    assert.equal(code, 0);
    for (const option of ['--module', '--rounds', '--requests', '--soak', '--strict']) {
      assert.match(out, new RegExp(`^  ${option} .*\\w`, 'm'));
    }
  });

  for (const words of [['--round', '3'], ['--rounds', '0'], ['--soak', '1e6'], ['--requests'], ['more']]) {
    it(`calls ${words.join(' ')} a wrong usage, in one line`, () => {
      const { code, error } = bench(...words);
      assert.equal(code, 2);
      assert.match(error, /^error: [^\n]*\n(\([^\n]*\)\n)?$/);
    });
  }

  it('says how to build a module that is absent', () => {
    const { code, error } = bench('--module', 'no/such.wasm');
    assert.equal(code, 1);
    assert.equal(error, 'bench: no/such.wasm is absent; run npm run build:filter\n');
  });

  it('compares within a round, so that a slow machine changes no ratio', () => {
    const { lines, missed } = reportTargets(samplesWith({ hit: 80, miss: 120, bypassed: 110 }));
    const found = lines.find((line) => /^GET.* miss /.test(line));
    assert.match(found ?? '', /180\.0 +1\.200 +1\.200–1\.200 +× ext_authz +✔ ≤ 1\.25$/);
    assert.equal(missed, 0);
  });

  it('counts what is beyond its target, however little', () => {
    const { lines, missed } = reportTargets(samplesWith({ hit: 85.1, miss: 125.1, bypassed: 115 }));
    assert.equal(missed, 2);
    assert.equal(lines.filter((line) => line.includes('✘')).length, 2);
  });

  it('counts what was not measured as missed', () => {
    const samples = samplesWith({ hit: 80 });
    samples.set(listenerOf([scenarios.get, 'miss']), []);
    assert.equal(reportTargets(samples).missed, 1);
  });

  it('shows what a feature adds, in parts of ext_authz', () => {
    const { lines } = reportFeatures(samplesWith({ 'miss, not saved': 110, miss: 130 }));
    const found = lines.find((line) => line.startsWith('saving after a miss'));
    assert.match(found ?? '', /^saving after a miss +30\.0 µs +0\.20 × +0\.0 µs +0\.00 ×/);
  });

  it('calls it growth when the second half of a soak needs more memory than the first', () => {
    const memory = (linearBytes: number, allocatedBytes: number, residentMebibytes = 1) => ({
      linearBytes,
      allocatedBytes,
      residentBytes: residentMebibytes * 1024 * 1024,
    });
    const soak = { requests: 9, start: memory(1, 1), half: memory(2, 1), end: memory(2, 1) };
    assert.equal(reportSoak(soak).missed, 0);
    assert.equal(reportSoak({ ...soak, end: memory(3, 1) }).missed, 1);
    assert.equal(reportSoak({ ...soak, end: memory(2, 2) }).missed, 1);
    assert.equal(reportSoak({ ...soak, end: memory(2, 1, 5) }).missed, 0);
    assert.equal(reportSoak({ ...soak, end: memory(2, 1, 6) }).missed, 1);
  });

  it('compares two modules round by round', () => {
    const pair = [scenarios.get, 'hit'] as const;
    const samples = new Map([
      [listenerOf(pair), [110, 220, 330]],
      [listenerOf([...pair, 'before']), [100, 200, 300]],
    ]);
    const found = reportComparison(samples).lines.find((line) => /GET.* hit /.test(line));
    assert.match(found ?? '', / 200\.0 +220\.0 +1\.100 +1\.100–1\.100$/);
  });

  it('knows how sure a median is', () => {
    const values = Array.from({ length: 100 }, (_, index) => (index * 37) % 100);
    assert.equal(median(values), 49.5);
    assert.deepEqual(medianRange(values), [40, 59]);
    assert.deepEqual(medianRange([2, 1, 3]), [1, 3]);
  });
});
