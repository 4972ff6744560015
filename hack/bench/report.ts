import type { Footprint } from './footprint.ts';
import type { Soak } from './soak.ts';

export interface Report {
  readonly lines: readonly string[];
  /** How many figures are beyond their target. */
  readonly missed: number;
}

/** Lays out lines of a table. The last column has any width. */
export function columns(widths: readonly number[]): (cells: readonly string[]) => string {
  return (cells) =>
    cells
      .map((text, index) => text.padEnd(widths[index] ?? 0))
      .join(' ')
      .trimEnd();
}

export function mark(isMissed: boolean, target: string): string {
  return `${isMissed ? '✘' : '✔'} ${target}`;
}

const kib = (bytes: number) => `${(bytes / 1024).toFixed(1)} KiB`;
const milliseconds = (value: number) => `${value.toFixed(0)} ms`;

/** Sizes against their targets, beside those of a module that does nothing. */
export function reportFootprint({ moduleBytes, filter, empty }: Footprint): Report {
  const line = columns([30, 12, 14]);
  const rows = [
    { name: 'module', value: moduleBytes, max: 60 * 1024, format: kib, floor: undefined },
    {
      name: 'start-up CPU over Envoy’s own',
      value: filter.startMilliseconds,
      max: 70,
      format: milliseconds,
      floor: empty.startMilliseconds,
    },
    {
      name: 'memory of a further worker',
      value: filter.workerBytes,
      max: 1024 * 1024,
      format: kib,
      floor: empty.workerBytes,
    },
  ];
  return {
    lines: rows.map(({ name, value, max, format, floor }) =>
      line([
        name,
        format(value),
        mark(value > max, `≤ ${format(max)}`),
        floor === undefined ? '' : `an empty module: ${format(floor)}`,
      ]),
    ),
    missed: rows.filter(({ value, max }) => value > max).length,
  };
}

/** Growth is what comes in the second half: see `soak`. */
export function reportSoak({ requests, start, half, end }: Soak): Report {
  const line = columns([30, 14, 14, 14]);
  // Envoy's allocator and V8 keep pages for themselves: their share moves a little, a leak moves it by much more.
  const rows = [
    { name: 'linear memory', of: 'linearBytes', growthMax: 0 },
    { name: 'allocated by the filter', of: 'allocatedBytes', growthMax: 0 },
    { name: 'resident memory of the proxy', of: 'residentBytes', growthMax: 4 * 1024 * 1024 },
  ] as const;
  const isMissed = ({ of, growthMax }: (typeof rows)[number]) => end[of] - half[of] > growthMax;
  return {
    lines: [
      line([`${requests} misses that are saved`, 'start', 'half', 'end', 'second half']),
      ...rows.map((row) =>
        line([
          row.name,
          ...[start, half, end].map((memory) => kib(memory[row.of])),
          mark(isMissed(row), row.growthMax ? `≤ ${kib(row.growthMax)}` : 'no growth'),
        ]),
      ),
    ],
    missed: rows.filter(isMissed).length,
  };
}
