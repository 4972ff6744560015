/** Whether two values are the same in JSON, where a member that is undefined is not there. */
export function isSameJson(a: unknown, b: unknown): boolean {
  if (a === b) return true;
  if (typeof a !== 'object' || typeof b !== 'object' || a === null || b === null) return false;
  if (Array.isArray(a) || Array.isArray(b)) {
    if (!Array.isArray(a) || !Array.isArray(b) || a.length !== b.length) return false;
    return a.every((part, index) => isSameJson(part, b[index]));
  }
  const [first, second] = [membersOf(a), membersOf(b)];
  return (
    first.length === second.length &&
    first.every(([key, value]) => Object.hasOwn(b, key) && isSameJson(value, (b as Members)[key]))
  );
}

type Members = Readonly<Record<string, unknown>>;

function membersOf(object: object): [string, unknown][] {
  return Object.entries(object).filter(([, value]) => value !== undefined);
}
