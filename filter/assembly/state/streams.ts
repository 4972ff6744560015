import { BUFFER_BYTES, Buffer, drop } from '../core/buffer';
import { allocate, release, isNull } from '../core/memory';
import { Table, createTable, find, insert, remove } from '../core/table';
import { Root } from './root';

/** Left alone: no callback does anything. */
export const PASSING: u32 = 0;
/** Headers are held and the body is being read; the lookup comes at its end. */
export const HOLDING: u32 = 1;
/** The lookup is in progress and the request is held. */
export const LOOKING_UP: u32 = 2;
/** The request goes upstream and is recorded on the way. */
export const RECORDING: u32 = 3;
/** Answered with a recording whose content type, which `head` holds, the host changes on the way. */
export const REPLAYING: u32 = 4;
/** The response is complete, and is recorded when the host writes its access log (capture/trace.ts). */
export const LOGGING: u32 = 5;

/** What is known of a body. */
export const ENCODED: u32 = 1;
export const JSON_TYPE: u32 = 2;
export const FORM_TYPE: u32 = 4;
/** No content type, or `application/octet-stream`. */
export const UNTYPED: u32 = 8;
/** Only a part was captured. */
export const TRUNCATED: u32 = 16;
export const REDACTED: u32 = 32;
/** Found by `classifyBody` once the body is complete. */
export const IS_TEXT: u32 = 64;
export const IS_BINARY: u32 = 128;
export const TEXT_TYPE: u32 = 256;
export const MULTIPART_TYPE: u32 = 1024;
/** Redacted, and the marker is the same for other values (capture/marker.ts): the request must not be looked up. */
export const AMBIGUOUS: u32 = 512;

/**
 * One request. Four buffers lie behind the fields:
 *
 *   | fields ... | head 16 B | request body 16 B | response body 16 B | log line 16 B |
 *
 * `head` holds encoded span attributes: the request's, and behind them the response's. The log line is empty but where requests are logged.
 */
@unmanaged
export class Stream {
  id: u32;
  root: Root;
  state: u32;
  token: u32;
  /** The lookup was sent again, after its connection broke. */
  lookupRepeated: bool;
  startedAt: u64;
  lookupAt: u64;
  /** Bytes of ids in the order of the wire. */
  traceHigh: u64;
  traceLow: u64;
  spanId: u64;
  parentId: u64;
  traceFlags: u32;
  /** The client sent a valid `traceparent`, which goes upstream as it is. */
  continuesTrace: bool;
  isHead: bool;
  inSession: bool;
  /** Whose request it is: the sum of the keyed digests of its credentials (capture/user.ts). */
  credentials: u32;
  userHigh: u64;
  userLow: u64;
  requestEnded: bool;
  responseStarted: bool;
  /** Status with which the filter itself has answered the request; 0: it has not. */
  replyStatus: u32;
  /** The request's headers have not yet got the trace context (capture/propagation.ts). */
  tracePending: bool;
  /** The client sent more than one header of the name. */
  repeatsTracestate: bool;
  repeatsTraceparent: bool;
  /** While its state is HOLDING: when that began, and its neighbours in the configuration's list. */
  heldTick: u32;
  olderHeld: usize;
  newerHeld: usize;
  requestTraits: u32;
  responseTraits: u32;
  /** The value of `content-length`, which may be false; 0 without one. */
  requestDeclaredLength: u32;
  responseDeclaredLength: u32;
  /** True sizes of the bodies; what was captured may be less. */
  requestBytes: u64;
  responseBytes: u64;
  /** Where in `head` the path lies, and its length without query. */
  pathAt: u32;
  pathBytes: u32;

  get head(): Buffer {
    return changetype<Buffer>(changetype<usize>(this) + BUFFERS_AT);
  }

  get requestBody(): Buffer {
    return changetype<Buffer>(changetype<usize>(this) + BUFFERS_AT + BUFFER_BYTES);
  }

  get responseBody(): Buffer {
    return changetype<Buffer>(changetype<usize>(this) + BUFFERS_AT + 2 * BUFFER_BYTES);
  }

  get logLine(): Buffer {
    return changetype<Buffer>(changetype<usize>(this) + BUFFERS_AT + 3 * BUFFER_BYTES);
  }
}

const BUFFERS_AT: usize = (offsetof<Stream>() + 7) & ~7;
const STREAM_BYTES: u32 = <u32>BUFFERS_AT + 4 * BUFFER_BYTES;

const streams = createTable();
const calls = createTable();

/** Context of an answer that is awaited for a stream, by the call's token. */
export function awaitedCalls(): Table {
  return calls;
}

export function openStreams(): u32 {
  return streams.count;
}

// A request that is left alone needs no stream: its entry is the address of its configuration with this bit.
const LEFT_ALONE: usize = 1;

/** Notes a new context; without memory none, and the request passes. */
export function openContext(id: u32, root: Root): bool {
  return insert(streams, id, changetype<usize>(root) | LEFT_ALONE);
}

/** The configuration of a stream's context; null when it is not known. */
export function findOwner(id: u32): Root {
  const entry = find(streams, id);
  if (entry & LEFT_ALONE) return changetype<Root>(entry & ~LEFT_ALONE);
  return entry ? changetype<Stream>(entry).root : changetype<Root>(0);
}

/** Null for a request that is left alone. */
export function findStream(id: u32): Stream {
  const entry = find(streams, id);
  return changetype<Stream>(entry & LEFT_ALONE ? 0 : entry);
}

/** A stream for an open context; null without memory. */
export function createStream(id: u32, root: Root): Stream {
  const stream = changetype<Stream>(allocate(STREAM_BYTES));
  if (isNull(stream)) return stream;
  memory.fill(changetype<usize>(stream), 0, STREAM_BYTES);
  stream.id = id;
  stream.root = root;
  if (insert(streams, id, changetype<usize>(stream))) return stream;
  release(changetype<usize>(stream), STREAM_BYTES);
  return changetype<Stream>(0);
}

/** Forgets a context that has no stream. */
export function closeContext(id: u32): void {
  remove(streams, id);
}

export function destroyStream(stream: Stream): void {
  stopTracking(stream);
  drop(stream.logLine);
  remove(streams, stream.id);
  release(changetype<usize>(stream), STREAM_BYTES);
}

/** The filter ignores the stream from here on; its buffers are released. */
export function stopTracking(stream: Stream): void {
  if (stream.state == HOLDING) endHold(stream);
  stream.state = PASSING;
  stream.tracePending = false;
  if (stream.token) remove(calls, stream.token);
  stream.token = 0;
  drop(stream.head);
  drop(stream.requestBody);
  drop(stream.responseBody);
}

/** Holds the request's headers until its body is complete. */
export function beginHold(stream: Stream): void {
  const root = stream.root;
  stream.state = HOLDING;
  stream.heldTick = root.ticks;
  stream.olderHeld = root.lastHeld;
  stream.newerHeld = 0;
  if (root.lastHeld) changetype<Stream>(root.lastHeld).newerHeld = changetype<usize>(stream);
  else root.firstHeld = changetype<usize>(stream);
  root.lastHeld = changetype<usize>(stream);
}

/** The request is no longer held for its body, which is recorded from here on. */
export function endHold(stream: Stream): void {
  const root = stream.root;
  stream.state = RECORDING;
  if (stream.olderHeld) changetype<Stream>(stream.olderHeld).newerHeld = stream.newerHeld;
  else root.firstHeld = stream.newerHeld;
  if (stream.newerHeld) changetype<Stream>(stream.newerHeld).olderHeld = stream.olderHeld;
  else root.lastHeld = stream.olderHeld;
}
