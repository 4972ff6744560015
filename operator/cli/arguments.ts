import { InvalidArgumentError } from 'commander';
import { durationSeconds } from '../api/units.ts';

/** Parsers of option values; what they throw becomes a usage error. */

export function seconds(text: string): number {
  if (!/^([0-9]+(\.[0-9]+)?(ms|s|m|h))+$/.test(text)) {
    throw new InvalidArgumentError('give a duration such as 30s or 10m');
  }
  return durationSeconds(text);
}

export function wholeNumber(text: string): number {
  if (!/^[0-9]{1,9}$/.test(text)) throw new InvalidArgumentError('give a whole number');
  return Number(text);
}

export function digest(text: string): string {
  if (!/^[0-9a-f]{64}$/.test(text)) throw new InvalidArgumentError('give 64 hex digits in lower case');
  return text;
}

/** `app=checkout,tier=web` → labels. */
export function labels(text: string): Record<string, string> {
  return Object.fromEntries(
    text.split(',').map((pair) => {
      const [key = '', value, ...more] = pair.split('=');
      if (key === '' || value === undefined || more.length > 0) {
        throw new InvalidArgumentError('give labels as key=value, separated by commas');
      }
      return [key, value];
    }),
  );
}
