// What the filter wants to know of a request, gathered in one pass over its headers. Valid until the next request.
import { COMMA, QUESTION_MARK } from '../core/ascii';
import { append, appendByte, permanentBuffer, rewind, wholeOf } from '../core/buffer';
import {
  Slice,
  at,
  containsLower,
  indexOf,
  len,
  parseDecimal,
  part,
  same,
  sameLower,
  text,
  trimBlanks,
  startsWithLower,
} from '../core/bytes';
import { hasName, permanentNames } from '../core/names';
import { key, nextPair, openPairs, value } from '../host/pairs';
import { ENCODED, FORM_TYPE, JSON_TYPE, MULTIPART_TYPE, TEXT_TYPE, UNTYPED } from '../state/streams';
import { TRACEPARENT, sessionOf } from './trace';

const METHOD = text(':method');
const SCHEME = text(':scheme');
const HTTP = text('http');
const PATH = text(':path');
const AUTHORITY = text(':authority');
const CONTENT_TYPE = text('content-type');
const CONTENT_LENGTH = text('content-length');
const CONTENT_ENCODING = text('content-encoding');
const UPGRADE = text('upgrade');
const EXPECT = text('expect');
const PRAGMA = text('pragma');
const CACHE_CONTROL = text('cache-control');
const NO_STORE = text('no-store');
const NO_CACHE = text('no-cache');
const USER_AGENT = text('user-agent');
const KUBERNETES_PROBE = text('kube-probe/');
const GOOGLE_PROBE = text('googlehc/');
const AMAZON_PROBE = text('elb-healthchecker/');
const ENVOY_PROBE = text('envoy/hc');
const PROBE_PATH_LIST = text(
  '/health /healthz /health/live /health/ready /healthcheck /live /livez /liveness /ready /readyz /readiness /ping /_health /-/healthy /-/ready /actuator/health /actuator/health/liveness /actuator/health/readiness',
);
const PROBE_PATHS = permanentNames(PROBE_PATH_LIST);
const GRPC = text('application/grpc');
// Streams of the Connect protocol (https://connectrpc.com/docs/protocol): `application/connect+json` and the like.
const CONNECT_STREAM = text('application/connect+');
export const TRACESTATE = text('tracestate');
const RANGE = text('range');
const PURPOSE = text('purpose');
const SEC_PURPOSE = text('sec-purpose');
const MOZ = text('x-moz');
const PJAX = text('x-pjax');
const TURBO_FRAME = text('turbo-frame');
const HTMX = text('hx-request');
const REACT_COMPONENT = text('rsc');
const NEXT_PREFETCH = text('next-router-prefetch');
const SESSION = text('x-softprobe-session-id');
const SESSION_SP = text('x-sp-session-id');
const SESSION_UNDERSCORE = text('sp_session_id');
const SESSION_PLAIN = text('x-session-id');
const PREFETCH = text('prefetch');
const PRERENDER = text('prerender');
const IDENTITY = text('identity');
const JSON = text('json');
const FORM = text('application/x-www-form-urlencoded');
const MULTIPART = text('multipart/form-data');
const TEXT = text('text/');
const BYTES = text('application/octet-stream');

export let method: Slice = 0;
export let path: Slice = 0;
/** The path without query. */
export let pathOnly: Slice = 0;
export let authority: Slice = 0;
/** Of the connection, unless a proxy before this one has named another. */
export let scheme: Slice = 0;
export let contentType: Slice = 0;
/** 0 without a valid `content-length`. */
export let contentLength: u32 = 0;
export let traceparent: Slice = 0;
export let session: Slice = 0;
export let upgrades: bool = false;
/** A prefetch, a range, or a fragment of a page: not what a recording should stand for. */
export let isPartial: bool = false;
/** The client does not take a stored answer (RFC 9111, section 5.2.1). */
export let wantsFresh: bool = false;
/** A health check: it asks how upstream is now. */
export let isProbe: bool = false;
/** gRPC, or gRPC-Web. */
export let isGrpc: bool = false;
/** The client may wait for an answer before it ends the body: its headers must not be held until then. */
export let isStreaming: bool = false;
export let traits: u32 = 0;
/** All values of `tracestate` in order, joined by commas. */
const tracestate = permanentBuffer();
export let tracestates: u32 = 0;
// More than one is as good as none.
export let traceparents: u32 = 0;

/** Reads a serialized header map; false when it is empty or not one. */
export function readRequest(map: Slice): bool {
  method = path = authority = contentType = traceparent = session = 0;
  scheme = HTTP;
  contentLength = 0;
  upgrades = isGrpc = isPartial = isStreaming = wantsFresh = isProbe = false;
  traits = UNTYPED;
  rewind(tracestate);
  tracestates = traceparents = 0;
  if (!openPairs(map)) return false;
  while (nextPair()) readHeader();
  if (traceparents > 1) traceparent = 0;
  if (!len(session) && tracestates) session = sessionOf(receivedTracestate());
  isGrpc = startsWithLower(contentType, GRPC);
  if (isGrpc || startsWithLower(contentType, CONNECT_STREAM)) isStreaming = true;
  pathOnly = part(path, 0, indexOf(path, QUESTION_MARK, 0));
  if (hasName(PROBE_PATHS, pathOnly)) isProbe = true;
  return true;
}

function readHeader(): void {
  switch (len(key)) {
    case 3:
      if (same(key, REACT_COMPONENT)) isPartial = true;
      break;
    case 5:
      if (same(key, PATH)) path = value;
      else if (same(key, RANGE) || (same(key, MOZ) && isPrefetch())) isPartial = true;
      break;
    case 6:
      if (same(key, PJAX)) isPartial = true;
      else if (same(key, PRAGMA)) noteFreshness();
      // Envoy answers `100-continue` itself and removes it, unless it is configured to leave that to upstream.
      else if (same(key, EXPECT)) isStreaming = true;
      break;
    case 7:
      if (same(key, METHOD)) method = value;
      else if (same(key, SCHEME)) scheme = value;
      else if (same(key, UPGRADE)) upgrades = true;
      else if (same(key, PURPOSE) && isPrefetch()) isPartial = true;
      break;
    case 10:
      if (same(key, AUTHORITY)) authority = value;
      else if (same(key, TRACESTATE)) addTracestate();
      else if (same(key, HTMX)) isPartial = true;
      else if (same(key, USER_AGENT) && isProbeAgent()) isProbe = true;
      break;
    case 11:
      if (same(key, TRACEPARENT)) {
        traceparent = trimBlanks(value);
        traceparents++;
      } else if (same(key, TURBO_FRAME) || (same(key, SEC_PURPOSE) && isPrefetch())) isPartial = true;
      break;
    default:
      readLongHeader();
  }
}

function readLongHeader(): void {
  switch (len(key)) {
    case 12:
      if (same(key, CONTENT_TYPE)) {
        contentType = value;
        traits = (traits & ~UNTYPED) | typeTraits(value);
      } else if (same(key, SESSION_PLAIN)) takeSession();
      break;
    case 13:
      if (same(key, SESSION_UNDERSCORE)) takeSession();
      else if (same(key, CACHE_CONTROL)) noteFreshness();
      break;
    case 14:
      if (same(key, CONTENT_LENGTH)) contentLength = lengthOf(value);
      break;
    case 15:
      if (same(key, SESSION_SP)) takeSession();
      break;
    case 16:
      if (same(key, CONTENT_ENCODING)) traits |= encodingTraits(value);
      break;
    case 20:
      if (same(key, NEXT_PREFETCH)) isPartial = true;
      break;
    case 22:
      if (same(key, SESSION)) session = value;
      break;
  }
}

// The project's own header takes precedence over the other spellings, in any order.
function takeSession(): void {
  if (!session) session = value;
}

function noteFreshness(): void {
  if (containsLower(value, NO_STORE) || containsLower(value, NO_CACHE)) wantsFresh = true;
}

function isProbeAgent(): bool {
  return (
    startsWithLower(value, KUBERNETES_PROBE) ||
    startsWithLower(value, GOOGLE_PROBE) ||
    startsWithLower(value, AMAZON_PROBE) ||
    startsWithLower(value, ENVOY_PROBE)
  );
}

function isPrefetch(): bool {
  return containsLower(value, PREFETCH) || containsLower(value, PRERENDER);
}

function addTracestate(): void {
  if (tracestates++) appendByte(tracestate, COMMA);
  append(tracestate, at(value), len(value));
}

/** The traits of a body by its content type: how it is redacted. */
export function typeTraits(type: Slice): u32 {
  if (containsLower(type, JSON)) return JSON_TYPE;
  if (containsLower(type, FORM)) return FORM_TYPE;
  if (containsLower(type, MULTIPART)) return MULTIPART_TYPE;
  if (startsWithLower(type, TEXT)) return TEXT_TYPE;
  return !len(type) || sameLower(type, BYTES) ? UNTYPED : 0;
}

export function encodingTraits(encoding: Slice): u32 {
  return sameLower(encoding, IDENTITY) || !len(encoding) ? 0 : ENCODED;
}

export function isContentType(name: Slice): bool {
  return same(name, CONTENT_TYPE);
}

export function isContentLength(name: Slice): bool {
  return same(name, CONTENT_LENGTH);
}

/** The value of a `content-length`; 0 when it is not a number. */
export function lengthOf(value: Slice): u32 {
  return <u32>max(parseDecimal(value), 0);
}

export function isContentEncoding(name: Slice): bool {
  return same(name, CONTENT_ENCODING);
}

export function receivedTracestate(): Slice {
  return wholeOf(tracestate);
}
