import { lookup } from 'node:dns';
import { isIP, type LookupFunction } from 'node:net';
import { getCACertificates } from 'node:tls';
import { X509Certificate } from 'node:crypto';
import { Agent, request, type Dispatcher } from 'undici';
import { AgentError } from '../../api/errors.ts';
import { createAddressPolicy, type AddressRules } from './address-policy.ts';
import { fetchFailure, refused } from './fetch-failure.ts';

export interface Download {
  readonly url: string;
  /** PEM certificates to trust beside the public ones. */
  readonly caBundle?: string | undefined;
}

export interface FetchOptions {
  readonly addresses: AddressRules;
  readonly bytesMax?: number;
  /** Of the whole download with its redirects. */
  readonly seconds?: number;
  /** Longest silence of the server. */
  readonly idleSeconds?: number;
}

const defaults = { bytesMax: 16 * 1024 * 1024, seconds: 60, idleSeconds: 15 };
const redirectsMax = 5;

/**
 * Downloads a module. Only public addresses are connected to, unless others are allowed: the address that was checked
 * is the one that is used, so a name cannot change its mind in between.
 *
 * @throws {AgentError} FetchFailed, FetchRefused, ModuleTooLarge
 */
export async function fetchModule(source: Download, options: FetchOptions): Promise<Uint8Array> {
  const limits = { ...defaults, ...options };
  const isAllowed = createAddressPolicy(options.addresses);
  const dispatcher = new Agent({
    connect: {
      lookup: checkedLookup(isAllowed),
      timeout: limits.idleSeconds * 1000,
      ...(source.caBundle === undefined ? {} : { ca: trusted(source.caBundle) }),
    },
    headersTimeout: limits.idleSeconds * 1000,
    bodyTimeout: limits.idleSeconds * 1000,
  });
  const signal = AbortSignal.timeout(limits.seconds * 1000);
  let url = checkedUrl(source.url, isAllowed);
  try {
    for (let redirects = 0; redirects <= redirectsMax; redirects += 1) {
      const response = await request(url, { dispatcher, signal, headers: { 'accept-encoding': 'identity' } });
      const next = redirectTarget(response, url);
      if (!next) return await readModule(response, { url, bytesMax: limits.bytesMax });
      url = checkedUrl(next, isAllowed, url);
      await response.body.dump({ limit: 65_536 });
    }
    throw new AgentError('FetchFailed', `${shown(url)}: more than ${redirectsMax} redirects`);
  } catch (error) {
    if (error instanceof AgentError) throw error;
    throw fetchFailure(error, { url: shown(url), ...limits });
  } finally {
    await dispatcher.destroy();
  }
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

function checkedUrl(text: string, isAllowed: (address: string) => boolean, from?: URL): URL {
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
function shown(url: URL): string {
  return `${url.origin === 'null' ? `${url.protocol}//${url.host}` : url.origin}${url.pathname}`;
}

function redirectTarget({ statusCode, headers }: Dispatcher.ResponseData, url: URL): string | undefined {
  if (![301, 302, 303, 307, 308].includes(statusCode)) return undefined;
  if (typeof headers['location'] === 'string') return headers['location'];
  throw new AgentError('FetchFailed', `${shown(url)}: answers ${statusCode} without a location`);
}

interface Reading {
  readonly url: URL;
  readonly bytesMax: number;
}

async function readModule(
  response: Dispatcher.ResponseData,
  { url, bytesMax }: Reading,
): Promise<Uint8Array> {
  const { statusCode, headers, body } = response;
  if (statusCode !== 200) {
    const retryable = statusCode >= 500 || [408, 425, 429].includes(statusCode);
    const advice = retryable ? 'it is tried again' : 'correct spec.filter.url or put the module there';
    throw new AgentError('FetchFailed', `${shown(url)}: answers ${statusCode}; ${advice}`, { retryable });
  }
  const encoding = headers['content-encoding'];
  if (encoding !== undefined && encoding !== 'identity') {
    const message = `${shown(url)}: answers with content-encoding ${String(encoding)}; serve the module as it is`;
    throw new AgentError('FetchFailed', message);
  }
  const tooLarge = (what: string) =>
    new AgentError(
      'ModuleTooLarge',
      `${shown(url)}: ${what}; at most ${bytesMax} bytes are taken: serve a smaller one`,
    );
  const announced = Number(headers['content-length'] ?? 0);
  if (announced > bytesMax) throw tooLarge(`the module has ${announced} bytes`);
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of body as AsyncIterable<Buffer>) {
    length += chunk.length;
    if (length > bytesMax) throw tooLarge('the module does not end');
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

/** The bundle's certificates beside those that Node trusts. */
function trusted(caBundle: string): string[] {
  const bundled = caBundle.match(/-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g) ?? [];
  try {
    for (const certificate of bundled) new X509Certificate(certificate);
  } catch (cause) {
    throw new AgentError('FetchFailed', 'spec.filter.caBundle holds a certificate that cannot be read', {
      cause,
    });
  }
  if (bundled.length === 0) {
    throw new AgentError('FetchFailed', 'spec.filter.caBundle holds no certificate; give PEM certificates');
  }
  return [...getCACertificates('default'), ...bundled];
}
