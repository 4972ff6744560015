/** Which recordings a list, an export or a deletion is about; every condition that is given must hold. */
export interface RecordingFilter {
  readonly id?: number;
  /** A part of host, path, session or service; letters of either case alike. */
  readonly search?: string;
  readonly method?: string;
  /** A class as `2xx`, or a status as `404`. */
  readonly status?: string;
  readonly session?: string;
  /** Older than this recording. */
  readonly beforeId?: number;
  readonly limit?: number;
}

/** A WHERE clause, or nothing when there is no condition. */
export function whereOf(filter: RecordingFilter): { condition: string; values: (string | number)[] } {
  const conditions: string[] = [];
  const values: (string | number)[] = [];
  const add = (condition: string, value: string | number) => {
    conditions.push(condition);
    values.push(value);
  };
  if (filter.id !== undefined) add('id = ?', filter.id);
  if (filter.beforeId !== undefined) add('id < ?', filter.beforeId);
  if (filter.method) add('method = ?', filter.method);
  if (filter.session !== undefined) add('session = ?', filter.session);
  if (filter.status) {
    const [, hundreds] = /^([1-5])xx$/.exec(filter.status) ?? [];
    if (hundreds) add('status / 100 = ?', Number(hundreds));
    else add('status = ?', Number(filter.status));
  }
  for (const word of (filter.search ?? '').toLowerCase().split(/\s+/).slice(0, 10)) {
    if (word)
      add(`instr(lower(method || ' ' || host || path || ' ' || session || ' ' || service), ?) > 0`, word);
  }
  return { condition: conditions.length > 0 ? `WHERE ${conditions.join(' AND ')}` : '', values };
}
