import { once } from 'node:events';
import { request as httpRequest, type IncomingMessage, type OutgoingHttpHeaders } from 'node:http';
import { connect } from 'node:net';

export interface Sent {
  readonly method?: string;
  readonly headers?: OutgoingHttpHeaders | readonly string[];
  /** A body of several parts is sent in chunks. */
  readonly body?: string | Uint8Array | readonly (string | Uint8Array)[];
  readonly trailers?: Record<string, string>;
  readonly signal?: AbortSignal;
}

export interface Received {
  readonly status: number;
  readonly rawHeaders: readonly string[];
  readonly trailers: NodeJS.Dict<string>;
  readonly body: Buffer;
  /** The values of a header, in their order. */
  all(name: string): string[];
}

/** One request on a connection of its own. */
export async function exchange(url: string, sent: Sent = {}): Promise<Received> {
  const { method = 'GET', headers = {}, body = [], trailers, signal } = sent;
  const request = httpRequest(url, {
    method,
    headers: headers as OutgoingHttpHeaders,
    agent: false,
    maxHeaderSize: 4 * 1024 * 1024,
    ...(signal ? { signal } : {}),
  });
  // It may come, or fail to, while the body is still being sent.
  const responded = once(request, 'response') as Promise<[IncomingMessage]>;
  responded.catch(() => undefined);
  if (Array.isArray(body)) {
    for (const part of body as readonly (string | Uint8Array)[]) {
      request.write(part);
      // A chunk on the wire of its own.
      await new Promise((resolve) => setImmediate(resolve));
    }
    if (trailers) request.addTrailers(trailers);
    request.end();
  } else request.end(body);
  const [response] = await responded;
  const chunks: Buffer[] = [];
  for await (const chunk of response) chunks.push(chunk as Buffer);
  const { rawHeaders } = response;
  return {
    status: response.statusCode ?? 0,
    rawHeaders,
    trailers: response.trailers,
    body: Buffer.concat(chunks),
    all: (name) => valuesOf(rawHeaders, name),
  };
}

/** The values of a header, in their order. */
export function valuesOf(rawHeaders: readonly string[], name: string): string[] {
  return rawHeaders.filter((_, index) => index % 2 === 1 && rawHeaders[index - 1]?.toLowerCase() === name);
}

/** Sends bytes as they are and returns what came back until the connection closed. */
export async function exchangeBytes(url: string, bytes: Uint8Array): Promise<string> {
  const { hostname, port } = new URL(url);
  const socket = connect(Number(port), hostname);
  socket.write(bytes);
  const chunks: Buffer[] = [];
  for await (const chunk of socket) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString('latin1');
}
