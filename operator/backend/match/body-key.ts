import { hash } from 'node:crypto';
import type { ExchangeRequest, Headers } from '../protocol/exchange.ts';
import { fieldValue } from './header-values.ts';

/** Methods whose requests are taken to have no body when the span leaves it open (RFC 9110, sections 9.3.1 to 9.3.8). */
const bodilessMethods = new Set(['GET', 'HEAD', 'DELETE', 'OPTIONS', 'TRACE']);

/**
 * The body as a part of the key: `sha256:…`, `none`, or `unknown` when the agent looked up by headers alone. An unknown
 * body is a key of its own, never a wildcard: it would answer one user's POST with the recording of another's.
 * @returns undefined when a part of the body is missing, so that it cannot be compared.
 */
export function bodyKey({ key, requestHeaders, requestBody }: ExchangeRequest): string | undefined {
  if (requestBody === 'none') return 'none';
  if (requestBody === 'unknown') return bodilessMethods.has(key.method.toUpperCase()) ? 'none' : 'unknown';
  if (requestBody.truncated) return undefined;
  const bytes = withCanonicalBoundary(requestBody.bytes, requestHeaders);
  return `sha256:${hash('sha256', bytes)}`;
}

/**
 * A multipart body with its boundary replaced: clients make a random one for each request.
 * @returns the bytes themselves when the body is not multipart.
 */
function withCanonicalBoundary(bytes: Uint8Array, headers: Headers): Uint8Array {
  const boundary = boundaryOf(fieldValue(headers, 'content-type') ?? '');
  if (boundary === undefined) return bytes;
  const delimiter = `--${boundary}`;
  const lines = Buffer.from(bytes).toString('latin1').split('\r\n');
  return Buffer.from(
    lines
      .map((line) => (line.startsWith(delimiter) ? `--boundary${line.slice(delimiter.length)}` : line))
      .join('\r\n'),
    'latin1',
  );
}

/** RFC 2046, section 5.1.1: 1 to 70 characters, quoted or not. */
function boundaryOf(contentType: string): string | undefined {
  if (!/^multipart\//i.test(contentType)) return undefined;
  const [, quoted, plain] = /;\s*boundary=(?:"([^"]{1,70})"|([^;\s]{1,70}))/i.exec(contentType) ?? [];
  return quoted ?? plain;
}
