import type { Json } from './json.ts';

/** Levels of arrays and objects. */
const depthMax = 32;

/**
 * Whether a value that came out of a JSON parser is no deeper than 32 levels, and as text no longer than so many characters.
 * It is safe for values of any depth.
 */
export function isBoundedJson(value: unknown, charactersMax: number): value is Json {
  return isNoDeeper(value, depthMax) && JSON.stringify(value).length <= charactersMax;
}

function isNoDeeper(value: unknown, levels: number): boolean {
  if (typeof value !== 'object' || value === null) return true;
  return levels > 0 && Object.values(value).every((part) => isNoDeeper(part, levels - 1));
}
