import type { ServerResponse } from 'node:http';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';

export type ContentType =
  | 'application/x-protobuf'
  | 'application/json'
  | 'application/octet-stream'
  | 'text/css; charset=utf-8'
  | 'text/html; charset=utf-8'
  | 'text/javascript; charset=utf-8'
  | 'text/plain; charset=utf-8';

/** One HTTP response. */
export interface Answer {
  readonly status: number;
  readonly type: ContentType;
  /** Pieces of a text are sent as the client reads them: what the store holds does not fit into the memory. */
  readonly body: string | Uint8Array | Iterable<string>;
  readonly headers?: Readonly<Record<string, string>>;
}

/** Codes of the control API's errors; SDKs and the CLI branch on them. */
export type ErrorCode =
  | 'forbidden_host'
  | 'forbidden_origin'
  | 'internal_error'
  | 'invalid_bearer_token'
  | 'invalid_request'
  | 'invalid_rules'
  | 'method_not_allowed'
  | 'missing_bearer_token'
  | 'not_found'
  | 'overloaded'
  | 'too_large'
  | 'unknown_session'
  | 'unsupported_media_type';

/** An error that becomes a response: `{"error": {"code", "message"}}`. */
export class HttpError extends Error {
  override readonly name = 'HttpError';
  readonly status: number;
  readonly code: ErrorCode;
  readonly headers: Readonly<Record<string, string>>;

  constructor(
    [status, code]: readonly [status: number, code: ErrorCode],
    message: string,
    headers: Readonly<Record<string, string>> = {},
  ) {
    super(message);
    this.status = status;
    this.code = code;
    this.headers = headers;
  }
}

export function errorAnswer({ status, code, message, headers }: HttpError): Answer {
  return { ...json({ error: { code, message } }, status), headers };
}

export function text(status: number, message: string): Answer {
  return { status, type: 'text/plain; charset=utf-8', body: `${message}\n` };
}

export function json(value: unknown, status = 200): Answer {
  return { status, type: 'application/json', body: `${JSON.stringify(value, null, 2)}\n` };
}

export const noContent: Answer = { status: 204, type: 'text/plain; charset=utf-8', body: '' };

/**
 * Sent with every response. Recordings hold bodies from anywhere: nothing of them may run, and no other site may frame,
 * embed or read a response, nor learn the backend's address from a link.
 */
export const securityHeaders = {
  'cache-control': 'no-store',
  'content-security-policy':
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; " +
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-resource-policy': 'same-origin',
  'referrer-policy': 'no-referrer',
  'x-content-type-options': 'nosniff',
} as const;

export async function send(
  response: ServerResponse,
  { status, type, body, headers = {} }: Answer,
): Promise<void> {
  const isWhole = typeof body === 'string' || body instanceof Uint8Array;
  response.writeHead(status, {
    ...securityHeaders,
    ...(status === 204 ? {} : { 'content-type': type }),
    ...(isWhole && status !== 204 ? { 'content-length': Buffer.byteLength(body) } : {}),
    ...headers,
  });
  if (isWhole) response.end(body);
  else await pipeline(Readable.from(body), response);
}
