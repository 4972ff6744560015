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

export function portNumber(text: string): number {
  if (!/^[0-9]{1,5}$/.test(text) || Number(text) > 65_535)
    throw new InvalidArgumentError('a port is 0 to 65535');
  return Number(text);
}

export function httpUrl(text: string): URL {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url && /^https?:$/.test(url.protocol)) return url;
  throw new InvalidArgumentError('give an http or https URL, such as http://127.0.0.1:8080');
}

/** `POST /api/x`, or with an absolute URL whose host the request names. */
export function tried(text: string): { method: string; host: string; path: string } {
  const [, method, target = ''] = /^([A-Z]{1,16}) (\S+)$/.exec(text.trim()) ?? [];
  const url = URL.canParse(target, 'http://localhost') ? new URL(target, 'http://localhost') : undefined;
  if (method === undefined || url?.protocol !== 'http:') {
    throw new InvalidArgumentError("give a method and a path or http URL, such as 'POST /api/x'");
  }
  return { method, host: url.host, path: url.pathname + url.search };
}

export function httpStatus(text: string): number {
  if (!/^[2-5][0-9]{2}$/.test(text)) throw new InvalidArgumentError('give a status from 200 to 599');
  return Number(text);
}
