/** Some of a list, in its order, chosen by chance: the same for the same seed. */
export function sampleOf<T>(list: readonly T[], count: number, seed: number): T[] {
  const random = randomFrom(seed);
  const chosen = list
    .map((_, index) => ({ index, at: random() }))
    .sort((a, b) => a.at - b.at)
    .slice(0, count)
    .map(({ index }) => index);
  const indices = new Set(chosen);
  return list.filter((_, index) => indices.has(index));
}

/** Mulberry32: numbers from 0 to 1. */
function randomFrom(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}
