import assert from 'node:assert/strict';
import type { Backend } from '../../operator/backend/server.ts';
import { exchangeOf, type Exchange } from '../../operator/backend/protocol/exchange.ts';
import { decodeTraces, spansOf } from '../../operator/backend/protocol/otlp.ts';
import { filterMessage, type FilterSpan } from './filter-span.ts';

export type RequestSpan = Omit<FilterSpan, 'type'>;

export function postTraces(backend: Backend, path: string, body: Uint8Array): Promise<Response> {
  return fetch(`${backend.url}${path}`, {
    method: 'POST',
    headers: { 'content-type': 'application/x-protobuf' },
    body: Buffer.from(body),
  });
}

/** Records exchanges; those without a status have 200. */
export async function save(backend: Backend, ...spans: RequestSpan[]): Promise<void> {
  const message = filterMessage(...spans.map((span) => ({ status: 200, ...span, type: 'extract' as const })));
  const response = await postTraces(backend, '/v1/traces', message);
  assert.equal(response.status, 200, await response.text());
}

/** The answer of a lookup; undefined for a miss. */
export async function lookup(backend: Backend, span: RequestSpan): Promise<Exchange | undefined> {
  const response = await postTraces(backend, '/v1/inject', filterMessage({ ...span, type: 'inject' }));
  if (response.status === 404) return undefined;
  assert.equal(response.status, 200, await response.clone().text());
  const [hit] = spansOf(decodeTraces(new Uint8Array(await response.arrayBuffer())));
  // An answer holds the response alone; what names the request is added for the reader's sake.
  const [request] = spansOf(decodeTraces(filterMessage({ ...span, type: 'inject' })));
  const attributes = [...(request!.span.attributes ?? []), ...(hit!.span.attributes ?? [])];
  return exchangeOf({ span: { attributes }, resourceAttributes: [] });
}

/** The response body of an answer as text. */
export function bodyOf(answer: Exchange | undefined): string | undefined {
  return answer?.responseBody && Buffer.from(answer.responseBody.bytes).toString();
}
