// A response's way through the filter: it passes untouched and is never held; a copy is saved when it is complete.
import { permanentBuffer, rewind, trim, wholeOf } from '../core/buffer';
import { Slice, parseDecimal, same, text, len } from '../core/bytes';
import { isNull } from '../core/memory';
import {
  CONTINUE,
  RESPONSE_HEADERS,
  getHeader,
  getPairs,
  getProperty,
  removeHeader,
  replaceHeader,
} from '../host/abi';
import { key, nextPair, openPairs, value } from '../host/pairs';
import {
  DROPPED_HEADERS,
  DROPPED_INCOMPLETE,
  DROPPED_MEMORY,
  DROPPED_UNREDACTABLE,
  count,
} from '../state/metrics';
import { countResponse } from '../state/revision-metrics';
import { Root, recordsStatus } from '../state/root';
import {
  PASSING,
  RECORDING,
  REPLAYING,
  Stream,
  TRUNCATED,
  stopTracking,
  UNTYPED,
  LOGGING,
} from '../state/streams';
import { addAttribute } from '../otlp/attributes';
import { captureResponse, redactRequest, redactResponse } from '../capture/body';
import { isStaticType } from '../capture/bypass';
import { recordResponse } from '../capture/head';
import {
  encodingTraits,
  isContentEncoding,
  isContentLength,
  isContentType,
  lengthOf,
  typeTraits,
} from '../capture/request';
import { adoptTrace } from '../capture/trace';
import { save } from '../save/batches';

const STATUS = text(':status');
const CONTENT_TYPE = text('content-type');
const CONTENT_LENGTH = text('content-length');
// Recorded as a header of the response, which any backend returns with the recording.
const INEXACT_ATTRIBUTE = text('http.response.header.x-softprobe-inexact');
const TRAILERS = text('trailers');
// Envoy's router writes it into what upstream answered, and into nothing else.
const SERVICE_TIME = text('x-envoy-upstream-service-time');
const CODE_DETAILS = text('response\0code_details');
// The router's code details of an answer that came from upstream.
const VIA_UPSTREAM = text('via_upstream');

const headers = permanentBuffer();
const details = permanentBuffer();

/** Of the response whose headers are being read; 0 before it is known. */
let status: u32 = 0;

/** @param stream null for a request that is left alone. */
export function onResponseHeaders(root: Root, stream: Stream, headerCount: u32, isEnd: bool): void {
  status = 0;
  if (!isNull(stream)) {
    status = stream.replyStatus;
    passHeaders(stream, headerCount, isEnd);
  }
  if (len(root.revision)) countResponse(root, status ? status : readStatus());
}

function passHeaders(stream: Stream, headerCount: u32, isEnd: bool): void {
  if (stream.state == PASSING) return;
  if (stream.state == REPLAYING) {
    if (stream.responseTraits & UNTYPED) removeHeader(RESPONSE_HEADERS, CONTENT_TYPE);
    else replaceHeader(RESPONSE_HEADERS, CONTENT_TYPE, wholeOf(stream.head));
    // A HEAD has the length of the body that a GET would get.
    const length = wholeOf(stream.responseBody);
    if (len(length)) replaceHeader(RESPONSE_HEADERS, CONTENT_LENGTH, length);
    return stopTracking(stream);
  }
  // An answer before the request went upstream is not upstream's: some other filter or a time-out spoke.
  const recorded = stream.state == RECORDING && recordHeaders(stream, headerCount);
  trim(headers);
  if (!recorded) stopTracking(stream);
  else if (isEnd) finish(stream);
}

function readStatus(): u32 {
  rewind(details);
  return getHeader(RESPONSE_HEADERS, STATUS, details) > 0 ? parseDecimal(wholeOf(details)) : 0;
}

function recordHeaders(stream: Stream, headerCount: u32): bool {
  rewind(headers);
  const map = getPairs(RESPONSE_HEADERS, headers) < 0 ? 0 : wholeOf(headers);
  if (!openPairs(map)) {
    if (headerCount) count(DROPPED_HEADERS, 1);
    return false;
  }
  let type: Slice = 0;
  let traits: u32 = 0;
  let isUpstreams = false;
  while (nextPair()) {
    if (same(key, STATUS)) status = parseDecimal(value);
    else if (isContentType(key)) type = value;
    else if (isContentLength(key)) stream.responseDeclaredLength = lengthOf(value);
    else if (isContentEncoding(key)) traits |= encodingTraits(value);
    else if (same(key, SERVICE_TIME)) isUpstreams = true;
  }
  const bypasses = stream.root.bypassesSessions || !stream.inSession;
  if (!recordsStatus(stream.root, status) || (bypasses && isStaticType(type))) return false;
  if (!isUpstreams && !isViaUpstream()) return false;
  stream.responseTraits = traits | typeTraits(type);
  stream.responseStarted = true;

  if (recordResponse(stream, map, status)) return true;
  count(DROPPED_MEMORY, 1);
  return false;
}

/** For a router that writes no headers of its own (`suppress_envoy_headers`): a property costs more than a header. */
function isViaUpstream(): bool {
  rewind(details);
  return getProperty(CODE_DETAILS, details) > 0 && same(wholeOf(details), VIA_UPSTREAM);
}

export function onResponseBody(stream: Stream, size: u32, isEnd: bool): u32 {
  if (stream.state == PASSING) return CONTINUE;
  captureResponse(stream, size);
  if (stream.responseBody.failed) {
    count(DROPPED_MEMORY, 1);
    stopTracking(stream);
  } else if (isEnd) finish(stream);
  return CONTINUE;
}

/** A reply of the filter cannot carry trailers, so that the recording is marked as one that cannot be replayed. */
export function onResponseTrailers(stream: Stream): void {
  if (stream.state == RECORDING) addAttribute(stream.head, INEXACT_ATTRIBUTE, TRAILERS);
  finish(stream);
}

/** The response is complete: its end came with headers, body or trailers. */
function finish(stream: Stream): void {
  if (stream.state != RECORDING) return;
  // Upstream answered without waiting for all of the request.
  if (!stream.requestEnded) stream.requestTraits |= TRUNCATED;
  if (stream.continuesTrace) record(stream);
  else stream.state = LOGGING;
}

function record(stream: Stream): void {
  if (redactRequest(stream) && redactResponse(stream)) save(stream);
  else count(DROPPED_UNREDACTABLE, 1);
  stopTracking(stream);
}

/** The host writes its access log: once for each stream, after the response. */
export function onLog(stream: Stream): void {
  if (stream.state != LOGGING) return;
  adoptTrace(stream);
  record(stream);
}

/** The stream goes; whatever had not ended by now never will. */
export function onStreamEnd(stream: Stream): void {
  if (stream.state == LOGGING) record(stream);
  else if (stream.state != PASSING && stream.responseStarted) count(DROPPED_INCOMPLETE, 1);
}
