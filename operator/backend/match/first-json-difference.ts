/** Where two JSON texts differ first, in the order of the first text. */
export interface JsonDifference {
  /** For instance `items[0].quantity`; empty for the values themselves. */
  readonly path: string;
  readonly left: unknown;
  readonly right: unknown;
}

const depthMax = 64;

/** @returns undefined when either is not JSON, or when both hold the same. */
export function firstJsonDifference(left: string, right: string): JsonDifference | undefined {
  try {
    return differenceOf([JSON.parse(left), JSON.parse(right)], '', 0);
  } catch {
    return undefined;
  }
}

function differenceOf(
  [left, right]: readonly [unknown, unknown],
  path: string,
  depth: number,
): JsonDifference | undefined {
  if (Object.is(left, right)) return undefined;
  if (!isContainer(left) || !isContainer(right)) return { path, left, right };
  if (Array.isArray(left) !== Array.isArray(right) || depth > depthMax) return { path, left, right };
  for (const name of new Set([...Object.keys(left), ...Object.keys(right)])) {
    const step = Array.isArray(left) ? `[${name}]` : `${path === '' ? '' : '.'}${name}`;
    const found = differenceOf([left[name], right[name]], `${path}${step}`, depth + 1);
    if (found) return found;
  }
  return undefined;
}

function isContainer(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null;
}
