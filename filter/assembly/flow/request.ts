// A request's way through the filter, up to upstream. See filter/README.md for the picture.
import { permanentBuffer, rewind, trim, wholeOf } from '../core/buffer';
import { same, text, len } from '../core/bytes';
import { isNull } from '../core/memory';
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
  SKIPPED_CACHE_RULES,
} from '../state/metrics';
import { Root, ticksOf } from '../state/root';
import {
  AMBIGUOUS,
  HOLDING,
  LOOKING_UP,
  RECORDING,
  Stream,
  TRUNCATED,
  createStream,
  stopTracking,
  beginHold,
  endHold,
} from '../state/streams';
import { captureRequest, redactRequest } from '../capture/body';
import { NOT_SAMPLED, TAKEN, UNSUPPORTED, classifyRequest, isSampled } from '../capture/bypass';
import { recordRequest } from '../capture/head';
import { keepTracestate, propagateTrace, releaseUpstream } from '../capture/propagation';
import {
  contentLength,
  method,
  readRequest,
  receivedTracestate,
  traceparent,
  traits,
  isStreaming,
  session,
} from '../capture/request';
import { beginLog, countBypass, countOutcome } from '../capture/request-log';
import { continueTrace } from '../capture/trace';
import { allowsRequest } from '../replay/cache-rules';
import { allowsLookup } from '../replay/circuit-breaker';
import { UPSTREAM, startLookup, refuseLookup, refuseWithoutLookup } from '../replay/lookup';

const HEAD = text('HEAD');

/** Half of Envoy's default buffer limit (per_connection_buffer_limit_bytes, 1 MiB). */
const HELD_BYTES_MAX: u32 = 512 << 10;

const headers = permanentBuffer();

/** Answer of `skipReason`: nothing keeps the request from its lookup. */
const LOOKED_UP: u32 = u32.MAX_VALUE;

export function onRequestHeaders(id: u32, root: Root, headerCount: u32, isEnd: bool): u32 {
  rewind(headers);
  let kind = UNSUPPORTED;
  if (getPairs(REQUEST_HEADERS, headers) >= 0 && readRequest(wholeOf(headers))) kind = classifyRequest(root);
  else if (headerCount) count(DROPPED_HEADERS, 1);
  if (kind != TAKEN && !root.logsRequests && !(kind == UNSUPPORTED && isHermetic(root))) {
    count(BYPASSED, 1);
    trim(headers);
    return CONTINUE;
  }
  const stream = createStream(id, root);
  if (!isNull(stream)) return onStreamHeaders(stream, kind, isEnd);
  count(DROPPED_MEMORY, 1);
  trim(headers);
  return CONTINUE;
}

/** The request was just read. @param kind of capture/bypass.ts */
function onStreamHeaders(stream: Stream, kind: u32, isEnd: bool): u32 {
  if (kind != TAKEN) return bypass(stream, kind);
  const root = stream.root;
  continueTrace(stream, traceparent);
  if (!isSampled(stream)) return bypass(stream, NOT_SAMPLED);
  beginLog(stream);
  stream.startedAt = stream.lookupAt = now();
  stream.isHead = same(method, HEAD);
  stream.inSession = len(session) > 0;
  stream.requestTraits = traits;
  stream.requestDeclaredLength = contentLength;
  stream.requestEnded = isEnd;
  const recorded = recordRequest(stream, wholeOf(headers));
  keepTracestate(stream, receivedTracestate());
  trim(headers);
  if (!recorded) {
    count(DROPPED_MEMORY, 1);
    propagateTrace(stream);
    return bypass(stream, UNSUPPORTED);
  }
  stream.state = RECORDING;
  return root.lookupEnabled ? prepareLookup(stream, isEnd) : sendUpstream(stream);
}

/** Leaves the request alone, or refuses it where that is not to happen. @param kind of capture/bypass.ts */
function bypass(stream: Stream, kind: u32): u32 {
  const isRefused = kind == UNSUPPORTED && isHermetic(stream.root);
  if (isRefused) {
    beginLog(stream);
    refuseWithoutLookup(stream);
  } else {
    countBypass(stream, kind);
    stopTracking(stream);
  }
  trim(headers);
  return isRefused ? STOP_ALL : CONTINUE;
}

/** Whether nothing goes upstream but what is exempt. */
function isHermetic(root: Root): bool {
  return root.strict && root.lookupEnabled;
}

/** Looks the request up, or holds its headers until its body can take part. */
function prepareLookup(stream: Stream, isEnd: bool): u32 {
  const reason = skipReason(stream, isEnd);
  if (reason != LOOKED_UP) return skipLookup(stream, reason, STOP_ALL);
  if (!allowsLookup(stream.root)) return refuseLookup(stream) == UPSTREAM ? sendUpstream(stream) : STOP_ALL;
  if (isEnd || stream.root.ignoresBody) return lookUp(stream, STOP_ALL);
  // Before a body that may grow above the cap: nothing but Continue is asked for then. Else a hit needs none.
  if (!contentLength && !isHermetic(stream.root)) propagateTrace(stream);
  beginHold(stream);
  return STOP_ITERATION;
}

/** Why the request that was just read is not looked up: a counter. */
function skipReason(stream: Stream, isEnd: bool): u32 {
  const root = stream.root;
  if (!stream.inSession) {
    if (!allowsRequest(root)) return SKIPPED_CACHE_RULES;
    if (stream.requestTraits & AMBIGUOUS) return SKIPPED_AMBIGUOUS;
  }
  if (isEnd || root.ignoresBody) return LOOKED_UP;
  if (isStreaming) return SKIPPED_STREAMING;
  // Without its body the backend cannot distinguish this request from others.
  const isSeen = root.withBody && contentLength <= min(root.requestBodyMax, HELD_BYTES_MAX);
  return isSeen ? LOOKED_UP : SKIPPED_BODY;
}

/** Does without a lookup. `held` is the callback's answer to a request that is refused. */
function skipLookup(stream: Stream, reason: u32, held: u32): u32 {
  countOutcome(stream, reason);
  if (!isHermetic(stream.root)) return sendUpstream(stream);
  refuseWithoutLookup(stream);
  return held;
}

/** Looks up, and answers for the callback: `held` when the request has to wait. */
function lookUp(stream: Stream, held: u32): u32 {
  return startLookup(stream) == UPSTREAM ? sendUpstream(stream) : held;
}

function sendUpstream(stream: Stream): u32 {
  releaseUpstream(stream);
  return CONTINUE;
}

export function onRequestBody(stream: Stream, size: u32, isEnd: bool): u32 {
  if (stream.state == HOLDING) return onHeldBody(stream, size, isEnd);
  if (stream.state == LOOKING_UP) return WATERMARK;
  if (stream.state != RECORDING) return CONTINUE;
  stream.requestEnded = isEnd;
  captureRequest(stream, size);
  if (stream.requestBody.failed) {
    count(DROPPED_MEMORY, 1);
    stopTracking(stream);
  }
  return CONTINUE;
}

function onHeldBody(stream: Stream, size: u32, isEnd: bool): u32 {
  stream.requestEnded = isEnd;
  captureRequest(stream, size);
  if (stream.requestBody.failed) return giveUp(stream, DROPPED_MEMORY, WATERMARK);
  if (stream.requestTraits & TRUNCATED || stream.requestBytes > HELD_BYTES_MAX) {
    // Envoy would stop reading if the held body reached its buffer limit: send it upstream without a lookup.
    endHold(stream);
    return skipLookup(stream, SKIPPED_BODY, WATERMARK);
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
  if (!redactRequest(stream)) return giveUp(stream, DROPPED_UNREDACTABLE, held);
  // The body's redaction may have added to it.
  if (stream.requestTraits & AMBIGUOUS && !stream.inSession)
    return skipLookup(stream, SKIPPED_AMBIGUOUS, held);
  stream.lookupAt = now();
  return lookUp(stream, held);
}

/** A held request that cannot even be recorded. */
function giveUp(stream: Stream, metric: u32, held: u32): u32 {
  countOutcome(stream, metric);
  if (isHermetic(stream.root)) {
    refuseWithoutLookup(stream);
    return held;
  }
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
    countOutcome(stream, HOLD_TIMEOUTS);
    if (!setEffectiveContext(stream.id)) stopTracking(stream);
    else if (isHermetic(root)) refuseWithoutLookup(stream);
    else {
      releaseUpstream(stream);
      continueRequest();
    }
  }
  setEffectiveContext(root.id);
}
