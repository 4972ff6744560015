/**
 * Paths of what was given and is not in the parsed value, from which the schema drops what it does not know.
 * @param path of both, such as `spec`.
 */
export function unknownFields(given: unknown, parsed: unknown, path: string): string[] {
  if (typeof given !== 'object' || given === null) return [];
  if (typeof parsed !== 'object' || parsed === null) return [];
  return Object.entries(given).flatMap(([key, value]) => {
    const fieldPath = Array.isArray(given) ? `${path}[${key}]` : `${path}.${key}`;
    if (!Object.hasOwn(parsed, key)) return [fieldPath];
    return unknownFields(value, (parsed as Record<string, unknown>)[key], fieldPath);
  });
}

/** What is wrong, and what to do. */
export function unknownFieldsText(paths: readonly string[]): string {
  const shown = paths.slice(0, shownMax).join(', ');
  const others = paths.length > shownMax ? ` and ${paths.length - shownMax} more` : '';
  return `unknown field ${shown}${others}; correct or remove it: docs/reference.md lists all`;
}

/** A tenant may write thousands. */
const shownMax = 20;
