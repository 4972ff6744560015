export function median(values: readonly number[]): number {
  const sorted = values.toSorted((left, right) => left - right);
  const middle = sorted.length >> 1;
  const upper = sorted[middle] ?? Number.NaN;
  return sorted.length % 2 ? upper : ((sorted[middle - 1] ?? Number.NaN) + upper) / 2;
}

/**
 * Between which of the values the true median lies, with 95 % confidence: by their order alone, whatever their
 * distribution (binomial, approximated by the normal: 0.98 √n ranks to either side). All of them when they are few.
 */
export function medianRange(values: readonly number[]): readonly [number, number] {
  const sorted = values.toSorted((left, right) => left - right);
  const low = Math.max(0, Math.floor(sorted.length / 2 - 0.98 * Math.sqrt(sorted.length)));
  return [sorted[low] ?? Number.NaN, sorted[sorted.length - 1 - low] ?? Number.NaN];
}
