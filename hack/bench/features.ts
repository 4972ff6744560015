import { median } from './median.ts';
import { columns, type Report } from './report.ts';
import type { Samples } from './rounds.ts';
import { scenarios, type Scenario } from './scenarios.ts';
import { listenerOf, type VariantName } from './variants.ts';

interface Feature {
  readonly name: string;
  readonly with: VariantName;
  /** What the same request costs without it. Absent: the whole request is reported. */
  readonly without?: VariantName;
}

const whole: readonly Feature[] = [
  'ext_authz',
  'ext_authz with headers',
  'ext_authz with headers + mirror',
  'floor, hit',
  'floor, miss',
  'hit',
  'miss',
].map((name) => ({ name, with: name as VariantName }));

const parts: readonly Feature[] = [
  { name: 'filter, request bypassed', with: 'bypassed', without: 'no filter' },
  { name: 'lookup and its miss', with: 'miss, not saved', without: 'bypassed' },
  { name: 'saving after a miss', with: 'miss', without: 'miss, not saved' },
  { name: 'saving without lookup', with: 'saved without lookup', without: 'bypassed' },
  { name: 'JSON fields redacted (2 names)', with: 'miss, fields redacted', without: 'miss' },
  { name: '20 rules with regex', with: 'miss, 20 rules', without: 'miss' },
  { name: 'beyond the floor: hit', with: 'hit', without: 'floor, hit' },
  { name: 'beyond the floor: miss, not saved', with: 'miss, not saved', without: 'floor, miss' },
];

const asked: readonly Scenario[] = [scenarios.get, scenarios.post, scenarios.large];
const line = columns([34, 26, 26, 26]);

/** What each feature adds to a request, in µs of CPU time and in parts of what ext_authz takes in all. */
export function reportFeatures(samples: Samples): Report {
  const cells = (feature: Feature) => asked.map((scenario) => cost(samples, scenario, feature));
  return {
    lines: [
      line(['whole request, CPU µs', ...asked.map(({ name }) => name)]),
      ...whole.map((feature) => line([feature.name, ...cells(feature)])),
      '',
      line(['part of it']),
      ...parts.map((feature) => line([feature.name, ...cells(feature)])),
    ],
    missed: 0,
  };
}

function cost(samples: Samples, scenario: Scenario, feature: Feature): string {
  const valuesOf = (variant: VariantName) => samples.get(listenerOf([scenario, variant])) ?? [];
  const without = feature.without && valuesOf(feature.without);
  const added = valuesOf(feature.with).map((value, round) => value - (without?.[round] ?? 0));
  const shares = valuesOf('ext_authz').map((base, round) => (added[round] ?? Number.NaN) / base);
  return `${median(added).toFixed(1).padStart(6)} µs ${median(shares).toFixed(2).padStart(6)} ×`;
}
