import type { IncomingHttpHeaders } from 'node:http';
import { isIP } from 'node:net';
import { HttpError } from './answer.ts';

/** What the guard looks at. */
export interface GuardedRequest {
  readonly method: string;
  /** Without the query. */
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
}

/**
 * Refuses what a web page of another site can make a browser send. A page can reach every address that its visitor can:
 * by a form, an image or a `fetch`, and under a name of its own that resolves to this machine (DNS rebinding).
 * @param allowedHosts names beside `localhost` and IP addresses; with a leading dot, a domain and its subdomains.
 * @throws HttpError 403 or 415.
 */
export function guard(request: GuardedRequest, allowedHosts: readonly string[]): void {
  const host = request.headers.host ?? '';
  // `a.example, b.example` is how Node.js joins repeated fields; no client sends it.
  if (!isAllowedHost(hostname(host), allowedHosts)) {
    throw new HttpError(
      [403, 'forbidden_host'],
      `the request is for host "${host.slice(0, 100)}", which is not allowed; add it with --allowed-host`,
    );
  }
  refuseOtherOrigins(request, host);
  requireContentType(request);
}

/** The name of a Host field without its port, in lower case. */
function hostname(host: string): string {
  return host
    .toLowerCase()
    .replace(/:[0-9]*$/, '')
    .replace(/\.$/, '');
}

/**
 * An IP address is safe, as no name was resolved to it; so is `localhost`, which browsers resolve to this machine only.
 */
function isAllowedHost(name: string, allowedHosts: readonly string[]): boolean {
  if (isIP(name) === 4 || (/^\[.*\]$/.test(name) && isIP(name.slice(1, -1)) === 6)) return true;
  return [...allowedHosts, '.localhost'].some((allowed) =>
    allowed.startsWith('.') ? name === allowed.slice(1) || name.endsWith(allowed) : name === allowed,
  );
}

function refuseOtherOrigins({ method, headers }: GuardedRequest, host: string): void {
  const { origin } = headers;
  if (origin !== undefined && !isSameOrigin(origin, host)) throw otherOrigin(origin);
  const site = headers['sec-fetch-site'];
  if (site === undefined || site === 'same-origin' || site === 'none') return;
  // A link from elsewhere may open the page: the other site cannot read it.
  const isNavigation =
    method === 'GET' && headers['sec-fetch-mode'] === 'navigate' && headers['sec-fetch-dest'] === 'document';
  if (!isNavigation) throw otherOrigin(origin ?? String(site));
}

/** The scheme is left out: the page may be behind a proxy that terminates TLS. */
function isSameOrigin(origin: string, host: string): boolean {
  return origin.replace(/^https?:\/\//, '').toLowerCase() === host.toLowerCase() && origin.includes('://');
}

function otherOrigin(origin: string): HttpError {
  return new HttpError(
    [403, 'forbidden_origin'],
    `a web page of another origin (${origin.slice(0, 100)}) may not use this backend`,
  );
}

const acceptedTypes = ['application/x-protobuf', 'application/json'];

/** A page of another site can send a body of neither type without asking first, which is refused. */
function requireContentType({ method, headers }: GuardedRequest): void {
  const hasBody = headers['transfer-encoding'] !== undefined || Number(headers['content-length'] ?? 0) > 0;
  if (method === 'GET' || method === 'HEAD' || !hasBody) return;
  if (acceptedTypes.includes(mediaType(headers))) return;
  throw new HttpError(
    [415, 'unsupported_media_type'],
    `content-type is "${(headers['content-type'] ?? '').slice(0, 100)}"; use ${acceptedTypes.join(' or ')}`,
  );
}

/** The media type of a message without its parameters, in lower case. */
export function mediaType(headers: IncomingHttpHeaders): string {
  return (headers['content-type'] ?? '').split(';', 1)[0]?.trim().toLowerCase() ?? '';
}
