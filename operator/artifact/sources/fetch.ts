import { AgentError } from '../../api/errors.ts';
import { shown } from './checked-connections.ts';
import { fetchDefaults, isTransient, openFetcher, type FetchFields, type FetchOptions } from './fetcher.ts';

export interface Download {
  readonly url: string;
  /** PEM certificates to trust beside the public ones. */
  readonly caBundle?: string | undefined;
}

/** Of the spec: where the URL and the certificates to trust are given. */
export const filterFields: FetchFields = { url: 'spec.filter.url', ca: 'spec.filter.caBundle' };

/**
 * Downloads a module. Only public addresses are connected to, unless others are allowed.
 *
 * @throws {AgentError} FetchFailed, FetchRefused, ModuleTooLarge
 */
export async function fetchModule(source: Download, options: FetchOptions): Promise<Uint8Array> {
  const { bytesMax } = { ...fetchDefaults, ...options };
  await using fetcher = openFetcher(source.caBundle, options, filterFields);
  const { url, status, bytes } = await fetcher.send({ url: source.url, bytesMax, what: 'the module' });
  if (status === 200) return bytes;
  const retryable = isTransient(status);
  const advice = retryable ? 'it is tried again' : `correct ${filterFields.url} or put the module there`;
  throw new AgentError('FetchFailed', `${shown(url)}: answers ${status}; ${advice}`, { retryable });
}
