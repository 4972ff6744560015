import { request, type Dispatcher } from 'undici';
import { AgentError } from '../../api/errors.ts';
import { createAddressPolicy, type AddressRules } from './address-policy.ts';
import { checkedConnections, checkedUrl, shown } from './checked-connections.ts';
import { fetchFailure } from './fetch-failure.ts';

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
const urlField = 'spec.filter.url';
const caField = 'spec.filter.caBundle';

/**
 * Downloads a module. Only public addresses are connected to, unless others are allowed.
 *
 * @throws {AgentError} FetchFailed, FetchRefused, ModuleTooLarge
 */
export async function fetchModule(source: Download, options: FetchOptions): Promise<Uint8Array> {
  const limits = { ...defaults, ...options };
  const isAllowed = createAddressPolicy(options.addresses);
  const dispatcher = checkedConnections({
    isAllowed,
    idleSeconds: limits.idleSeconds,
    caBundle: source.caBundle,
    caField,
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
    throw fetchFailure(error, { url: shown(url), field: urlField, caField, ...limits });
  } finally {
    await dispatcher.destroy();
  }
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
    const advice = retryable ? 'it is tried again' : `correct ${urlField} or put the module there`;
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
  // One buffer that grows as bytes come: pieces that are put together at the end would be there twice.
  const buffer = new ArrayBuffer(0, { maxByteLength: bytesMax });
  for await (const chunk of body as AsyncIterable<Buffer>) {
    const length = buffer.byteLength;
    if (length + chunk.length > bytesMax) throw tooLarge('the module does not end');
    buffer.resize(length + chunk.length);
    new Uint8Array(buffer).set(chunk, length);
  }
  return new Uint8Array(buffer);
}
