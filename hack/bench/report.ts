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
    { name: 'module', value: moduleBytes, max: 48 * 1024, format: kib, floor: undefined },
    {
      name: 'start-up CPU over Envoy’s own',
      value: filter.startMilliseconds,
      max: 100,
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
  const isMissed = end.linearBytes > half.linearBytes || end.allocatedBytes > half.allocatedBytes;
  const course = (of: keyof typeof start) => [start, half, end].map((memory) => memory[of]).join(' → ');
  return {
    lines: [
      `at the start, half and end of ${requests} requests: linear memory ${course('linearBytes')} bytes, ` +
        `allocated ${course('allocatedBytes')} bytes  ${mark(isMissed, 'no growth in the second half')}`,
    ],
    missed: Number(isMissed),
  };
}
