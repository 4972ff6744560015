// Copies of bodies on their way: never more than the cap, and never a byte held back.
import { REQUEST_BODY, RESPONSE_BODY, getBody } from './abi';
import { Buffer } from './buffer';
import { redactBody } from './redact';
import { REDACTED, Stream, TRUNCATED } from './streams';

export function captureRequest(stream: Stream, size: u32): void {
  stream.requestBytes += size;
  const limit = stream.root.requestBodyMax;
  if (capture(REQUEST_BODY, stream.requestBody, size, limit)) stream.requestTraits |= TRUNCATED;
}

export function captureResponse(stream: Stream, size: u32): void {
  stream.responseBytes += size;
  const limit = stream.root.responseBodyMax;
  if (capture(RESPONSE_BODY, stream.responseBody, size, limit)) stream.responseTraits |= TRUNCATED;
}

/** Copies the chunk that the host shows; true when the limit cut something off. */
function capture(kind: i32, body: Buffer, size: u32, limit: u32): bool {
  const taken = min(size, limit - body.length);
  if (taken > 0 && getBody(kind, 0, taken, body) != <i32>taken) body.failed = true;
  return taken < size;
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
