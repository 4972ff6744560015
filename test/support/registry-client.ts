import assert from 'node:assert/strict';
import { parseReference } from '../../operator/artifact/oci/reference.ts';
import { Registry } from '../../operator/artifact/oci/registry.ts';
import { openFetcher } from '../../operator/artifact/sources/fetcher.ts';
import { registryUser, type TestRegistry } from './registry.ts';

interface Access {
  /** Repository and tag. */
  readonly image?: string;
  /** With the login of the registry's user. */
  readonly isKnown?: boolean;
}

/** One call with a client of its own. */
export async function withRegistry<Result>(
  { host, certificate }: TestRegistry,
  { image = 'acme/filter:1', isKnown = false }: Access,
  action: (registry: Registry) => Promise<Result>,
): Promise<Result> {
  const options = { addresses: { allowPrivate: true } };
  await using fetcher = openFetcher(certificate, options, { url: 'url', ca: 'ca' });
  const reference = parseReference(`${host}/${image}`);
  assert.ok(reference);
  const credentials = isKnown ? registryUser : undefined;
  return await action(
    new Registry({ fetcher, reference, credentials, actions: 'pull,push', loginAdvice: 'log in' }),
  );
}
