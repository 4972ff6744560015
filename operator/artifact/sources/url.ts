import { hash } from 'node:crypto';
import { checked } from '../produce.ts';
import { fetchModule } from './fetch.ts';
import type { Source } from './source.ts';

/** A compiled module at an http or https URL. It is fetched once: only another URL or pin is another module. */
export const url: Source = {
  name: 'url',
  field: 'spec.filter.url',
  isWatched: true,
  isOurs: false,
  hasSignatures: false,
  // A server that answered an error, or a wrong module, may be put right without a change of the spec.
  recheckSeconds: 120,
  isWanted: (filter) => filter.url !== undefined,
  describe: (filter) => filter.url ?? '',
  subject: () => 'spec.filter.url',
  resolve({ spec }, { addresses }) {
    const { url = '', digest, caBundle } = spec.filter;
    const name = JSON.stringify([url, digest ?? null, caBundle ?? null]);
    return Promise.resolve({
      key: hash('sha256', name).slice(0, 40),
      fetch: () => fetchModule({ url, caBundle }, { addresses }),
      make: (fetched) => checked(fetched, digest),
    });
  },
};
