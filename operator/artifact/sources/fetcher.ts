import { request, type Dispatcher } from 'undici';
import { AgentError } from '../../api/errors.ts';
import { createAddressPolicy, type AddressRules } from './address-policy.ts';
import { checkedConnections, checkedUrl, shown } from './checked-connections.ts';
import { fetchFailure } from './fetch-failure.ts';
import { timeoutSignal } from '../../cluster/timeout-signal.ts';

export interface FetchOptions {
  readonly addresses: AddressRules;
  readonly bytesMax?: number;
  /** Of all requests and redirects together. */
  readonly seconds?: number;
  /** Longest silence of the server. */
  readonly idleSeconds?: number;
}

/** Where the user gave the address and the certificates, for messages. */
export interface FetchFields {
  readonly url: string;
  readonly ca: string;
}

export interface FetchRequest {
  readonly url: string;
  /** The URL whose answer names `url`: where that is https, this one must be too. */
  readonly from?: URL;
  readonly method?: 'GET' | 'HEAD' | 'POST' | 'PUT';
  readonly headers?: Readonly<Record<string, string>>;
  /** Sent to the host of `url` alone, and not to where it redirects. */
  readonly authorization?: string | undefined;
  readonly body?: Uint8Array;
  /** Longest body that is taken. */
  readonly bytesMax: number;
  /** What is asked for, in messages: `the module`. */
  readonly what: string;
}

export interface FetchAnswer {
  /** The URL that answered, after redirects. */
  readonly url: URL;
  readonly status: number;
  readonly headers: Dispatcher.ResponseData['headers'];
  /** The body; of an answer that is no success, nothing. */
  readonly bytes: Uint8Array<ArrayBuffer>;
}

export interface Fetcher extends AsyncDisposable {
  /** @throws {AgentError} FetchFailed, FetchRefused, ModuleTooLarge; any status is an answer. */
  send(request: FetchRequest): Promise<FetchAnswer>;
}

export const fetchDefaults = { bytesMax: 16 * 1024 * 1024, seconds: 60, idleSeconds: 15 };
const redirectsMax = 5;
const discardedBytesMax = 65_536;
const redirects = [301, 302, 303, 307, 308];

/** Requests to servers that a user names, within bounds of addresses, time, redirects and bytes. */
export function openFetcher(
  caBundle: string | undefined,
  options: FetchOptions,
  fields: FetchFields,
): Fetcher {
  const limits = { ...fetchDefaults, ...options };
  const isAllowed = createAddressPolicy(options.addresses);
  const dispatcher = checkedConnections({
    isAllowed,
    idleSeconds: limits.idleSeconds,
    caBundle,
    caField: fields.ca,
  });
  const connection = { dispatcher, signal: timeoutSignal(limits.seconds), isAllowed };
  return {
    send: async (request) => {
      const place = { url: checkedUrl(request.url, isAllowed, request.from) };
      try {
        return await follow(connection, request, place);
      } catch (error) {
        if (error instanceof AgentError) throw error;
        const attempt = { url: shown(place.url), field: fields.url, caField: fields.ca };
        throw fetchFailure(error, { ...limits, ...attempt });
      }
    },
    [Symbol.asyncDispose]: () => dispatcher.destroy(),
  };
}

interface Connection {
  readonly dispatcher: Dispatcher;
  readonly signal: AbortSignal;
  readonly isAllowed: (address: string) => boolean;
}

/** @param place where the request is sent first; a redirect changes it. */
async function follow(
  { dispatcher, signal, isAllowed }: Connection,
  asked: FetchRequest,
  place: { url: URL },
): Promise<FetchAnswer> {
  const { method = 'GET', headers = {}, authorization, body = null } = asked;
  const { origin } = place.url;
  for (let count = 0; count <= redirectsMax; count += 1) {
    const { url } = place;
    const response = await request(url, {
      method,
      dispatcher,
      signal,
      body,
      headers: {
        'accept-encoding': 'identity',
        ...headers,
        ...(authorization !== undefined && url.origin === origin ? { authorization } : {}),
      },
    });
    if (body !== null || method === 'POST' || !redirects.includes(response.statusCode)) {
      return await answerOf(response, url, asked);
    }
    const { location } = response.headers;
    if (typeof location !== 'string') {
      throw new AgentError('FetchFailed', `${shown(url)}: answers ${response.statusCode} without a location`);
    }
    place.url = checkedUrl(location, isAllowed, url);
    await response.body.dump({ limit: discardedBytesMax });
  }
  throw new AgentError('FetchFailed', `${shown(place.url)}: more than ${redirectsMax} redirects`);
}

async function answerOf(
  { statusCode: status, headers, body }: Dispatcher.ResponseData,
  url: URL,
  { method, bytesMax, what }: FetchRequest,
): Promise<FetchAnswer> {
  if (status < 200 || status > 299 || method === 'HEAD') {
    await body.dump({ limit: discardedBytesMax });
    return { url, status, headers, bytes: new Uint8Array() };
  }
  const encoding = headers['content-encoding'];
  if (encoding !== undefined && encoding !== 'identity') {
    const message = `${shown(url)}: answers with content-encoding ${String(encoding)}; serve ${what} as it is`;
    throw new AgentError('FetchFailed', message);
  }
  const tooLarge = (fact: string) =>
    new AgentError(
      'ModuleTooLarge',
      `${shown(url)}: ${fact}; at most ${bytesMax} bytes are taken: serve a smaller one`,
    );
  const announced = Number(headers['content-length'] ?? 0);
  if (announced > bytesMax) throw tooLarge(`${what} has ${announced} bytes`);
  // One buffer that grows as bytes come: pieces that are put together at the end would be there twice.
  const buffer = new ArrayBuffer(0, { maxByteLength: bytesMax });
  for await (const chunk of body as AsyncIterable<Buffer>) {
    const length = buffer.byteLength;
    if (length + chunk.length > bytesMax) throw tooLarge(`${what} does not end`);
    buffer.resize(length + chunk.length);
    new Uint8Array(buffer).set(chunk, length);
  }
  return { url, status, headers, bytes: new Uint8Array(buffer) };
}

/** Whether the same request may succeed later: RFC 9110, 15.5 and 15.6; RFC 6585, 4; RFC 8470, 5.2. */
export function isTransient(status: number): boolean {
  return status >= 500 || [408, 425, 429].includes(status);
}
