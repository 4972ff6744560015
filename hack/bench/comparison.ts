import { median, medianRange } from './median.ts';
import { columns, type Report } from './report.ts';
import type { Samples } from './rounds.ts';
import { scenarios, type Scenario } from './scenarios.ts';
import { listenerOf, type Pair, type VariantName } from './variants.ts';

const compared: readonly (readonly [Scenario, VariantName])[] = [scenarios.get, scenarios.post].flatMap(
  (scenario) => (['bypassed', 'hit', 'miss'] as const).map((name) => [scenario, name] as const),
);

/** What two modules do alike, one beside the other. */
export const comparedPairs: readonly Pair[] = compared.flatMap(([scenario, name]) => [
  [scenario, name],
  [scenario, name, 'before'],
]);

const line = columns([25, 12, 12, 12, 8]);

/** CPU time of the filter in parts of what the module before it took in the same round. */
export function reportComparison(samples: Samples): Report {
  const lines = compared.map(([scenario, name]) => {
    const now = samples.get(listenerOf([scenario, name])) ?? [];
    const before = samples.get(listenerOf([scenario, name, 'before'])) ?? [];
    const ratios = now.map((one, round) => one / (before[round] ?? Number.NaN));
    const range = medianRange(ratios).map((one) => one.toFixed(3));
    const microseconds = [before, now].map((values) => median(values).toFixed(1));
    return line([scenario.name, name, ...microseconds, median(ratios).toFixed(3), range.join('–')]);
  });
  return {
    lines: [line(['request', 'variant', 'before, µs', 'now, µs', 'ratio', '95 %']), ...lines],
    missed: 0,
  };
}
