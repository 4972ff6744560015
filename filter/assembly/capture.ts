// Copies of bodies on their way: never more than the cap, and never a byte held back.
import { REQUEST_BODY, RESPONSE_BODY, getBody } from './abi';
import { Buffer } from './buffer';
import { redactBody } from './redact';
import { REDACTED, Stream, TRUNCATED } from './streams';

/** Copies what came of a request's body: bytes `from` to `size` of what the host shows. */
export function captureRequest(stream: Stream, from: u32, size: u32): void {
  stream.requestBytes += size - from;
  const limit = stream.root.requestBodyMax;
  if (capture(REQUEST_BODY, stream.requestBody, from, size, limit)) stream.requestTraits |= TRUNCATED;
}

export function captureResponse(stream: Stream, size: u32): void {
  stream.responseBytes += size;
  const limit = stream.root.responseBodyMax;
  if (capture(RESPONSE_BODY, stream.responseBody, 0, size, limit)) stream.responseTraits |= TRUNCATED;
}

/** True when the limit cut something off. */
function capture(kind: i32, body: Buffer, from: u32, to: u32, limit: u32): bool {
  const end = min(to, from + (limit - body.length));
  if (end > from && getBody(kind, from, end, body) != <i32>(end - from)) body.failed = true;
  return end < to;
}

/** Redacts once; false when the body must not leave the proxy. */
export function redactRequest(stream: Stream): bool {
  if (stream.requestTraits & REDACTED) return true;
  stream.requestTraits |= REDACTED;
  return redactBody(stream.root, stream.requestBody, stream.requestTraits);
}

export function redactResponse(stream: Stream): bool {
  return redactBody(stream.root, stream.responseBody, stream.responseTraits);
}
