import { median, medianRange } from './median.ts';
import { columns, mark, type Report } from './report.ts';
import type { Samples } from './rounds.ts';
import { scenarios, type Scenario } from './scenarios.ts';
import { listenerOf, type VariantName } from './variants.ts';

interface Row {
  readonly variant: VariantName;
  /** What it is compared with. */
  readonly base?: VariantName;
  readonly ratioMax?: number;
}

const native: readonly Row[] = [
  { variant: 'no filter', base: 'ext_authz' },
  { variant: 'ext_authz' },
  { variant: 'ext_authz + mirror', base: 'ext_authz' },
];
const ours = (hitMax: number, missMax: number): readonly Row[] => [
  { variant: 'hit', base: 'ext_authz', ratioMax: hitMax },
  { variant: 'miss', base: 'ext_authz', ratioMax: missMax },
];

const tables: readonly (readonly [Scenario, readonly Row[]])[] = [
  [
    scenarios.get,
    [...native, { variant: 'bypassed', base: 'no filter', ratioMax: 1.15 }, ...ours(0.85, 1.25)],
  ],
  [scenarios.post, [...native, ...ours(1.0, 1.35)]],
  [scenarios.upload, [...native, ...ours(1.35, 1.35)]],
  [scenarios.large, [...native, ...ours(1.35, 1.35)]],
];

const line = columns([25, 19, 9, 8, 13, 13]);

/** CPU times against their targets. */
export function reportTargets(samples: Samples): Report {
  const lines = [line(['request', 'variant', 'CPU µs', 'ratio', '95 %', 'to', 'target'])];
  let missed = 0;
  for (const [scenario, rows] of tables) {
    const valuesOf = (variant: VariantName) => samples.get(listenerOf([scenario, variant])) ?? [];
    for (const { variant, base, ratioMax } of rows) {
      const values = valuesOf(variant);
      const start = [scenario.name, variant, median(values).toFixed(1)];
      if (base === undefined) {
        lines.push(line(start));
        continue;
      }
      // Round by round: what slowed the machine down in one slowed both.
      const ratios = valuesOf(base).map((one, round) => (values[round] ?? Number.NaN) / one);
      const ratio = median(ratios);
      // Not "above": what could not be measured is missed too.
      const isMissed = ratioMax !== undefined && !(ratio <= ratioMax);
      if (isMissed) missed++;
      const range = medianRange(ratios).map((one) => one.toFixed(3));
      const target = ratioMax === undefined ? '' : mark(isMissed, `≤ ${ratioMax.toFixed(2)}`);
      lines.push(line([...start, ratio.toFixed(3), range.join('–'), `× ${base}`, target]));
    }
  }
  return { lines, missed };
}
