// Copies of bodies on their way: never more than the cap, and never a byte held back.
import { Buffer, reserve } from '../core/buffer';
import { REQUEST_BODY, RESPONSE_BODY, getBody } from '../host/abi';
import { AMBIGUOUS, REDACTED, Stream, TRUNCATED } from '../state/streams';
import { isAmbiguous, markRequest, markResponse } from './marker';
import { redactBody } from './redact';

export function captureRequest(stream: Stream, size: u32): void {
  stream.requestBytes += size;
  const limit = stream.root.requestBodyMax;
  reserveDeclared(stream.requestBody, size, min(stream.requestDeclaredLength, limit));
  if (capture(REQUEST_BODY, stream.requestBody, size, limit)) stream.requestTraits |= TRUNCATED;
}

export function captureResponse(stream: Stream, size: u32): void {
  stream.responseBytes += size;
  const limit = stream.root.responseBodyMax;
  reserveDeclared(stream.responseBody, size, min(stream.responseDeclaredLength, limit));
  if (capture(RESPONSE_BODY, stream.responseBody, size, limit)) stream.responseTraits |= TRUNCATED;
}

// Reserve at most 16 × what has arrived: a false content-length must not claim memory.
const RESERVE_FACTOR: u32 = 16;

/** Reserves room for the declared size, so that the body is not copied as it grows. The declaration may be false. */
function reserveDeclared(body: Buffer, size: u32, declared: u32): void {
  const wanted = body.length + size;
  if (wanted <= body.capacity || wanted >= declared) return;
  reserve(body, min(declared, wanted * RESERVE_FACTOR) - body.length);
  // Too much was asked for: the chunk itself may still find room.
  body.failed = false;
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
  markRequest(stream.root);
  const redacted = redactBody(stream.root, stream.requestBody, stream.requestTraits);
  if (isAmbiguous) stream.requestTraits |= AMBIGUOUS;
  return redacted;
}

export function redactResponse(stream: Stream): bool {
  markResponse();
  return redactBody(stream.root, stream.responseBody, stream.responseTraits);
}
