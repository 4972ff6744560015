import assert from 'node:assert/strict';
import { parseReference } from '../../operator/artifact/oci/reference.ts';
import { Registry } from '../../operator/artifact/oci/registry.ts';
import type { FetchRequest } from '../../operator/artifact/sources/fetcher.ts';

export type Answers = Readonly<
  Record<string, { status?: number; headers?: Record<string, string>; body?: string | Uint8Array }>
>;

const credentials = { username: 'me', password: 'secret' };

/** A registry that answers as given, by a part of its URL; `sent` takes what it is asked. */
export function registryOf(answers: Answers, sent: FetchRequest[] = []): Registry {
  const reference = parseReference('registry.example.com/acme/filter:1');
  assert.ok(reference);
  const fetcher = {
    send: (request: FetchRequest) => {
      sent.push(request);
      const [, answer] = Object.entries(answers).find(([part]) => request.url.includes(part)) ?? [];
      const { status = answer ? 200 : 404, headers = {}, body = '' } = answer ?? {};
      return Promise.resolve({
        url: new URL(request.url),
        status,
        headers,
        bytes: new Uint8Array(Buffer.from(body)),
      });
    },
    [Symbol.asyncDispose]: () => Promise.resolve(),
  };
  return new Registry({ fetcher, reference, credentials, actions: 'pull', loginAdvice: 'log in' });
}
