import { lookup } from 'node:dns';
import { isIP, type LookupFunction } from 'node:net';
import { getCACertificates } from 'node:tls';
import { X509Certificate } from 'node:crypto';
import { Agent } from 'undici';
import { AgentError } from '../../api/errors.ts';
import { refused } from './fetch-failure.ts';

export interface ConnectionOptions {
  /** Which addresses may be connected to, see `address-policy.ts`. */
  readonly isAllowed: (address: string) => boolean;
  /** Longest silence of the server. */
  readonly idleSeconds: number;
  /** PEM certificates to trust beside the public ones, and the field that holds them. */
  readonly caBundle: string | undefined;
  readonly caField: string;
}

/**
 * Connections for a URL that a user wrote. The address that was checked is the one that is used, so that a name cannot change
 * its mind in between.
 * @throws {AgentError} FetchFailed for certificates that cannot be read.
 */
export function checkedConnections(options: ConnectionOptions): Agent {
  const { isAllowed, idleSeconds, caBundle, caField } = options;
  // They take no fractions of a millisecond.
  const timeout = Math.ceil(idleSeconds * 1000);
  return new Agent({
    connect: {
      lookup: checkedLookup(isAllowed),
      timeout,
      ...(caBundle === undefined ? {} : { ca: trusted(caBundle, caField) }),
    },
    headersTimeout: timeout,
    bodyTimeout: timeout,
  });
}

/** Resolves a name to addresses of which all are allowed; the connection is made to one of these. */
function checkedLookup(isAllowed: (address: string) => boolean): LookupFunction {
  return (hostname, options, callback) => {
    lookup(hostname, { ...options, all: true }, (error, addresses) => {
      const [first] = addresses ?? [];
      if (error || !first) return callback(error ?? new Error(`${hostname} has no address`), '', 0);
      if (!addresses.every(({ address }) => isAllowed(address))) return callback(refused(hostname), '', 0);
      if (options.all) callback(null, addresses);
      else callback(null, first.address, first.family);
    });
  };
}

/** A URL that may be connected to. `from`: the one that redirects to it. @throws {AgentError} FetchRefused */
export function checkedUrl(text: string, isAllowed: (address: string) => boolean, from?: URL): URL {
  const url = URL.parse(text, from?.href);
  if (!url) throw new AgentError('FetchRefused', 'the URL cannot be read; give an http or https URL');
  if (url.protocol !== 'https:' && url.protocol !== 'http:') {
    throw new AgentError('FetchRefused', `${shown(url)}: only http and https URLs are fetched`);
  }
  if (from?.protocol === 'https:' && url.protocol === 'http:') {
    throw new AgentError('FetchRefused', `${shown(from)}: the redirect to ${shown(url)} leaves https`);
  }
  if (url.username || url.password) {
    throw new AgentError('FetchRefused', `${shown(url)}: a URL that holds credentials is not fetched`);
  }
  // A literal address is connected to without a lookup.
  const address = url.hostname.replace(/^\[|\]$/g, '');
  if (isIP(address) && !isAllowed(address)) throw refused(url.hostname);
  return url;
}

/** Without the query, which may hold a token. */
export function shown(url: URL): string {
  return `${url.origin === 'null' ? `${url.protocol}//${url.host}` : url.origin}${url.pathname}`;
}

/** The bundle's certificates beside those that Node trusts. */
function trusted(caBundle: string, field: string): string[] {
  const bundled = caBundle.match(/-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g) ?? [];
  try {
    for (const certificate of bundled) new X509Certificate(certificate);
  } catch (cause) {
    throw new AgentError('FetchFailed', `${field} holds a certificate that cannot be read`, {
      cause,
    });
  }
  if (bundled.length === 0) {
    throw new AgentError('FetchFailed', `${field} holds no certificate; give PEM certificates`);
  }
  return [...getCACertificates('default'), ...bundled];
}
