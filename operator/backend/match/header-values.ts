import type { Headers } from '../protocol/exchange.ts';

/** What the filter sends in place of a redacted value that nothing can be compared with. */
export const redacted = '[redacted]';

/**
 * All values of a field as one, with single blanks after commas: how RFC 9111, section 4.1, lets a cache compare them.
 * @param name in lower case. @returns undefined when the field is absent.
 */
export function fieldValue(headers: Headers, name: string): string | undefined {
  const values = headers.filter(([other]) => other === name).map(([, value]) => value);
  return values.length === 0 ? undefined : values.map((value) => listMembers(value).join(', ')).join(', ');
}

/** Members of a comma-separated list, without the blanks around them. */
export function listMembers(value: string): string[] {
  return value
    .split(',')
    .map((member) => member.trim().replaceAll(/\s+/g, ' '))
    .filter((member) => member !== '');
}
