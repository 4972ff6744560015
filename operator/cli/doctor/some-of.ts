const shownMax = 5;

/** The first five of a list, and how many more there are. */
export function someOf(items: readonly string[], separator = ', '): string {
  const more = items.length > shownMax ? ` and ${items.length - shownMax} more` : '';
  return `${items.slice(0, shownMax).join(separator)}${more}`;
}
