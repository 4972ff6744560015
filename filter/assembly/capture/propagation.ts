// The trace context that goes upstream. Written only when the request is sent there: a hit never is.
import { append, drop, permanentBuffer, rewind, trim, wholeOf } from '../core/buffer';
import { Slice, at, len } from '../core/bytes';
import { REQUEST_HEADERS, removeHeader, replaceHeader } from '../host/abi';
import { Stream, stopTracking } from '../state/streams';
import { TRACESTATE, session, traceparents, tracestates } from './request';
import {
  LEGACY_SESSION_MEMBER,
  SESSION_MEMBER,
  TRACEPARENT,
  appendSession,
  traceparentOf,
  writeTracestate,
} from './trace';

const written = permanentBuffer();

/**
 * Keeps the client's `tracestate`, as its headers may be out of reach when it is needed. Nothing of the
 * response is there before the request has gone upstream: until then it lies in the response body's buffer.
 */
export function keepTracestate(stream: Stream, received: Slice): void {
  stream.tracePending = true;
  stream.repeatsTracestate = tracestates > 1;
  stream.repeatsTraceparent = traceparents > 1;
  const root = stream.root;
  appendSession(stream.responseBody, root.isLegacySession ? LEGACY_SESSION_MEMBER : SESSION_MEMBER, session);
  append(stream.responseBody, at(received), len(received));
}

/** Writes the trace context into the request's headers, once. Without memory the client's stays. */
export function propagateTrace(stream: Stream): void {
  if (!stream.tracePending) return;
  stream.tracePending = false;
  const received = stream.responseBody;
  // Outside of a session a request without a trace stays without: a parent that nobody exports would decide for the
  // application whether it is sampled.
  if (!stream.continuesTrace && !stream.inSession) return drop(received);
  const parent = traceparentOf(stream);
  rewind(written);
  const state = writeTracestate(written, stream.root.isLegacySession ? parent : 0, wholeOf(received));
  if (len(parent) && !written.failed && !received.failed) {
    // Replacing leaves further headers of the name in place.
    if (!stream.continuesTrace) startTrace(stream, parent);
    if (stream.repeatsTracestate) removeHeader(REQUEST_HEADERS, TRACESTATE);
    if (len(state)) replaceHeader(REQUEST_HEADERS, TRACESTATE, state);
  }
  trim(written);
  drop(received);
}

/** A session travels in `tracestate`, which counts for nothing without a `traceparent`. */
function startTrace(stream: Stream, parent: Slice): void {
  if (stream.repeatsTraceparent) removeHeader(REQUEST_HEADERS, TRACEPARENT);
  replaceHeader(REQUEST_HEADERS, TRACEPARENT, parent);
}

/** The request goes upstream now: with its trace context, and recorded on the way unless nothing is to be saved. */
export function releaseUpstream(stream: Stream): void {
  propagateTrace(stream);
  if (!stream.root.saves) stopTracking(stream);
}
