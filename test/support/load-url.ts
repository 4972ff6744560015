import type { ProducedModule } from '../../operator/artifact/check/inspect.ts';
import { checked } from '../../operator/artifact/produce.ts';
import { fetchModule, type Download } from '../../operator/artifact/sources/fetch.ts';
import type { FetchOptions } from '../../operator/artifact/sources/fetcher.ts';

/**
 * Fetches and checks a module as the operator does one after the other.
 * @param module `digest`: 64 hex digits that its SHA-256 must have.
 */
export async function loadUrl(
  module: Download & { readonly digest?: string | undefined },
  options: FetchOptions,
): Promise<ProducedModule> {
  return checked(await fetchModule(module, options), module.digest);
}
