// A request's way through the filter, up to upstream. See filter/README.md for the picture.
import { permanentBuffer, rewind, trim, wholeOf } from '../core/buffer';
import { same, text } from '../core/bytes';
import {
  CONTINUE,
  REQUEST_HEADERS,
  STOP_ALL,
  STOP_ITERATION,
  WATERMARK,
  getPairs,
  now,
  continueRequest,
  setEffectiveContext,
} from '../host/abi';
import {
  BYPASSED,
  DROPPED_HEADERS,
  DROPPED_MEMORY,
  DROPPED_UNREDACTABLE,
  SKIPPED_AMBIGUOUS,
  SKIPPED_BODY,
  count,
  HOLD_TIMEOUTS,
  SKIPPED_STREAMING,
} from '../state/metrics';
import { Root, ticksOf } from '../state/root';
import {
  AMBIGUOUS,
  HOLDING,
  LOOKING_UP,
  RECORDING,
  Stream,
  TRUNCATED,
  stopTracking,
  beginHold,
  endHold,
} from '../state/streams';
import { captureRequest, redactRequest } from '../capture/body';
import { isBypassed, isSampled } from '../capture/bypass';
import { recordRequest } from '../capture/head';
import { keepTracestate, propagateTrace } from '../capture/propagation';
import {
  contentLength,
  method,
  readRequest,
  receivedTracestate,
  traceparent,
  tracestates,
  traits,
  isStreaming,
} from '../capture/request';
import { continueTrace } from '../capture/trace';
import { allowsLookup } from '../replay/circuit-breaker';
import { UPSTREAM, startLookup, refuseLookup } from '../replay/lookup';

const HEAD = text('HEAD');

/** Half of Envoy's default buffer limit (per_connection_buffer_limit_bytes, 1 MiB). */
const HELD_BYTES_MAX: u32 = 512 << 10;

const headers = permanentBuffer();

export function onRequestHeaders(stream: Stream, headerCount: u32, isEnd: bool): u32 {
  rewind(headers);
  if (getPairs(REQUEST_HEADERS, headers) < 0 || !readRequest(wholeOf(headers))) {
    if (headerCount) count(DROPPED_HEADERS, 1);
    return bypass(stream);
  }
  const root = stream.root;
  if (isBypassed(root)) return bypass(stream);
  continueTrace(stream, traceparent);
  if (!isSampled(stream)) return bypass(stream);
  stream.startedAt = stream.lookupAt = now();
  stream.isHead = same(method, HEAD);
  stream.requestTraits = traits;
  stream.requestDeclaredLength = contentLength;
  stream.requestEnded = isEnd;
  const recorded = recordRequest(stream, wholeOf(headers));
  keepTracestate(stream, receivedTracestate(), tracestates > 1);
  trim(headers);
  if (!recorded) {
    count(DROPPED_MEMORY, 1);
    propagateTrace(stream);
    return bypass(stream);
  }
  stream.state = RECORDING;
  if (!root.lookupEnabled) return sendUpstream(stream);
  if (!isEnd && isStreaming) {
    count(SKIPPED_STREAMING, 1);
    return sendUpstream(stream);
  }
  if (!allowsLookup(root)) return refuseLookup(stream) == UPSTREAM ? sendUpstream(stream) : STOP_ALL;
  const isAmbiguous = (stream.requestTraits & AMBIGUOUS) != 0;
  if (isEnd || !root.withBody || isAmbiguous) return lookUp(stream, STOP_ALL);
  if (contentLength > min(root.requestBodyMax, HELD_BYTES_MAX)) {
    count(SKIPPED_BODY, 1);
    return sendUpstream(stream);
  }
  // Before a body that may grow above the cap: nothing but Continue is asked for then. Else a hit needs none.
  if (!contentLength) propagateTrace(stream);
  beginHold(stream);
  return STOP_ITERATION;
}

function bypass(stream: Stream): u32 {
  count(BYPASSED, 1);
  stopTracking(stream);
  trim(headers);
  return CONTINUE;
}

/** Looks up, and answers for the callback: `held` when the request has to wait. */
function lookUp(stream: Stream, held: u32): u32 {
  if (stream.requestTraits & AMBIGUOUS) {
    count(SKIPPED_AMBIGUOUS, 1);
    stream.state = RECORDING;
    return sendUpstream(stream);
  }
  return startLookup(stream) == UPSTREAM ? sendUpstream(stream) : held;
}

function sendUpstream(stream: Stream): u32 {
  propagateTrace(stream);
  return CONTINUE;
}

export function onRequestBody(stream: Stream, size: u32, isEnd: bool): u32 {
  if (stream.state == HOLDING) return onHeldBody(stream, size, isEnd);
  if (stream.state == LOOKING_UP) return WATERMARK;
  if (stream.state != RECORDING) return CONTINUE;
  stream.requestEnded = isEnd;
  captureRequest(stream, size);
  if (stream.requestBody.failed) giveUp(stream, DROPPED_MEMORY);
  return CONTINUE;
}

function onHeldBody(stream: Stream, size: u32, isEnd: bool): u32 {
  stream.requestEnded = isEnd;
  captureRequest(stream, size);
  if (stream.requestBody.failed) return giveUp(stream, DROPPED_MEMORY);
  if (stream.requestTraits & TRUNCATED || stream.requestBytes > HELD_BYTES_MAX) {
    // Envoy would stop reading if the held body reached its buffer limit: send it upstream without a lookup.
    count(SKIPPED_BODY, 1);
    endHold(stream);
    return sendUpstream(stream);
  }
  return isEnd ? lookUpWithBody(stream, WATERMARK) : WATERMARK;
}

/** Trailers end a body as well. */
export function onRequestTrailers(stream: Stream): u32 {
  stream.requestEnded = true;
  if (stream.state == HOLDING) return lookUpWithBody(stream, STOP_ITERATION);
  return stream.state == LOOKING_UP ? STOP_ITERATION : CONTINUE;
}

function lookUpWithBody(stream: Stream, held: u32): u32 {
  endHold(stream);
  if (!redactRequest(stream)) return giveUp(stream, DROPPED_UNREDACTABLE);
  stream.lookupAt = now();
  return lookUp(stream, held);
}

function giveUp(stream: Stream, metric: u32): u32 {
  count(metric, 1);
  propagateTrace(stream);
  stopTracking(stream);
  return CONTINUE;
}

/**
 * Sends requests upstream whose bodies have not ended in time: their clients may be slow, wait for an answer first, or send
 * more than the listener buffers. Runs on the root context.
 */
export function releaseHeld(root: Root): void {
  if (!root.firstHeld) return;
  const limit = ticksOf(root, root.holdTimeoutMs);
  while (root.firstHeld) {
    const stream = changetype<Stream>(root.firstHeld);
    if (root.ticks - stream.heldTick < limit) break;
    endHold(stream);
    count(HOLD_TIMEOUTS, 1);
    if (!setEffectiveContext(stream.id)) {
      stopTracking(stream);
      continue;
    }
    propagateTrace(stream);
    continueRequest();
  }
  setEffectiveContext(root.id);
}
