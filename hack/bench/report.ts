import { median, type Footprint } from './footprint.ts';
import type { Samples } from './rounds.ts';
import type { Soak } from './soak.ts';
import { listenerOf, scenarios, type Scenario, type Variant } from './variants.ts';

interface Target {
  readonly variant: Variant;
  /** What it is compared with. */
  readonly base: Variant;
  readonly ratioMax: number;
}

const targets = new Map<Scenario, readonly Target[]>([
  [
    scenarios.get,
    [
      { variant: 'hit', base: 'ext_authz', ratioMax: 0.85 },
      { variant: 'miss', base: 'ext_authz', ratioMax: 1.25 },
      { variant: 'bypassed', base: 'no filter', ratioMax: 1.15 },
    ],
  ],
  [
    scenarios.post,
    [
      { variant: 'hit', base: 'ext_authz', ratioMax: 1.0 },
      { variant: 'miss', base: 'ext_authz', ratioMax: 1.35 },
    ],
  ],
  [
    scenarios.large,
    [
      { variant: 'hit', base: 'ext_authz', ratioMax: 1.35 },
      { variant: 'miss', base: 'ext_authz', ratioMax: 1.35 },
    ],
  ],
]);

export interface Report {
  readonly lines: readonly string[];
  /** How many figures are beyond their target. */
  readonly missed: number;
}

function line(columns: readonly string[]): string {
  const widths = [26, 20, 10, 12, 26];
  return columns
    .map((text, index) => text.padEnd(widths[index] ?? 0))
    .join(' ')
    .trimEnd();
}

/** CPU times against their targets. */
export function reportSamples(samples: Samples, pairs: readonly (readonly [Scenario, Variant])[]): Report {
  const lines = [line(['request', 'variant', 'CPU µs', 'spread', 'against', ''])];
  let missed = 0;
  const cpu = (scenario: Scenario, variant: Variant) => samples.get(listenerOf(scenario, variant)) ?? [];
  for (const [scenario, variant] of pairs) {
    const values = cpu(scenario, variant);
    const target = targets.get(scenario)?.find((one) => one.variant === variant);
    const base = target?.base ?? (variant === 'no filter' ? undefined : 'ext_authz');
    // Round by round: what slowed the machine down in one slowed both.
    const ratio = base && median(cpu(scenario, base).map((one, round) => (values[round] ?? 0) / one));
    const isMissed = target !== undefined && ratio !== undefined && ratio > target.ratioMax;
    if (isMissed) missed++;
    lines.push(
      line([
        scenario.name,
        variant,
        median(values).toFixed(1),
        `${Math.min(...values).toFixed(0)}–${Math.max(...values).toFixed(0)}`,
        ratio === undefined ? '' : `${ratio.toFixed(2)} × ${base}`,
        target ? mark(isMissed, `≤ ${target.ratioMax.toFixed(2)}`) : '',
      ]),
    );
  }
  return { lines, missed };
}

function mark(isMissed: boolean, target: string): string {
  return `${isMissed ? '✘' : '✔'} ${target}`;
}

/** Sizes against their targets. */
export function reportFootprint(footprint: Footprint): Report {
  const kib = (bytes: number) => `${(bytes / 1024).toFixed(1)} KiB`;
  const rows: [string, number, number, (value: number) => string][] = [
    ['module', footprint.moduleBytes, 48 * 1024, kib],
    ['start-up CPU over Envoy’s own', footprint.startMilliseconds, 100, (value) => `${value.toFixed(0)} ms`],
    ['memory of a further worker', footprint.workerBytes, 1024 * 1024, kib],
  ];
  return {
    lines: rows.map(
      ([name, value, max, format]) =>
        `${name.padEnd(32)}${format(value).padEnd(14)}${mark(value > max, `≤ ${format(max)}`)}`,
    ),
    missed: rows.filter(([, value, max]) => value > max).length,
  };
}

export function reportSoak({ requests, linearBytes, usedBytes }: Soak): Report {
  const isMissed = linearBytes[1] > linearBytes[0] || usedBytes[1] > usedBytes[0];
  return {
    lines: [
      `after ${requests} requests: linear memory ${linearBytes.join(' → ')} bytes, ` +
        `allocated ${usedBytes.join(' → ')} bytes  ${mark(isMissed, 'no growth')}`,
    ],
    missed: Number(isMissed),
  };
}
