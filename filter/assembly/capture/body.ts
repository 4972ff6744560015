// Copies of bodies on their way: never more than the cap, and never a byte held back.
import { REQUEST_BODY, RESPONSE_BODY, getBody } from '../host/abi';
import { Buffer, reserve } from '../core/buffer';
import { redactBody } from './redact';
import { REDACTED, Stream, TRUNCATED } from '../state/streams';

export function captureRequest(stream: Stream, size: u32): void {
  stream.requestBytes += size;
  const limit = stream.root.requestBodyMax;
  makeRoom(stream.requestBody, size, min(stream.requestTold, limit));
  if (capture(REQUEST_BODY, stream.requestBody, size, limit)) stream.requestTraits |= TRUNCATED;
}

export function captureResponse(stream: Stream, size: u32): void {
  stream.responseBytes += size;
  const limit = stream.root.responseBodyMax;
  makeRoom(stream.responseBody, size, min(stream.responseTold, limit));
  if (capture(RESPONSE_BODY, stream.responseBody, size, limit)) stream.responseTraits |= TRUNCATED;
}

// So that nobody gets much memory by telling much and sending little.
const ROOM_FACTOR: u32 = 16;

/** Room for what a body is told to be, so that it is not copied as it grows. What is told may be untrue. */
function makeRoom(body: Buffer, size: u32, told: u32): void {
  const wanted = body.length + size;
  if (wanted <= body.capacity || wanted >= told) return;
  reserve(body, min(told, wanted * ROOM_FACTOR) - body.length);
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
  return redactBody(stream.root, stream.requestBody, stream.requestTraits);
}

export function redactResponse(stream: Stream): bool {
  return redactBody(stream.root, stream.responseBody, stream.responseTraits);
}
