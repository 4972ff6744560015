const secondsByUnit: Readonly<Record<string, number>> = { ms: 0.001, s: 1, m: 60, h: 3600 };

/** `1h30m`, `500ms` → seconds. The schema has checked the form. */
export function durationSeconds(text: string): number {
  let seconds = 0;
  for (const [, count, unit] of text.matchAll(/([0-9]+(?:\.[0-9]+)?)(ms|s|m|h)/g)) {
    seconds += Number(count) * (secondsByUnit[unit ?? ''] ?? 0);
  }
  return seconds;
}

const bytesBySuffix: Readonly<Record<string, number>> = { '': 1, Ki: 1024, Mi: 1024 * 1024 };

/** `256Ki` → bytes. The schema has checked the form. */
export function byteCount(text: string): number {
  const [, count, suffix] = /^([0-9]+)(Ki|Mi)?$/.exec(text) ?? [];
  return Number(count) * (bytesBySuffix[suffix ?? ''] ?? 1);
}

/** `25%` → 0.25. In steps of a millionth, which no JSON writer puts as a power of ten: the filter reads none. */
export function ratio(percent: string): number {
  return Math.round(Number(percent.slice(0, -1)) * 10_000) / 1_000_000;
}

/** `3` → 3, `25%` of 10 → 2, but at least 1. The schema has checked the form. */
export function countOf(countOrShare: number | string, all: number): number {
  if (typeof countOrShare === 'number') return countOrShare;
  return Math.max(1, Math.floor((all * Number.parseInt(countOrShare, 10)) / 100));
}
