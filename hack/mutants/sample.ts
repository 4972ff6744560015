import { randomFrom } from '../random.ts';

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
