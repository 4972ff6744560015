// The lookup: ask the backend for a recording while the request is held, and act on its answer.
import { OPEN_BRACE } from '../core/ascii';
import { append, permanentBuffer, rewind, trim, wholeOf } from '../core/buffer';
import { Slice, at, containsLower, len, parseDecimal, text } from '../core/bytes';
import { insert, makeRoom, remove } from '../core/table';
import {
  CALL_RESPONSE_BODY,
  CALL_RESPONSE_HEADERS,
  continueRequest,
  getBody,
  getHeader,
  httpCall,
  now,
  sendReply,
  setEffectiveContext,
} from '../host/abi';
import { beginPairs, writePair } from '../host/pairs';
import {
  ERROR_MALFORMED,
  ERROR_STATUS,
  ERROR_TIMEOUT,
  ERROR_UNREACHABLE,
  HITS,
  ANSWERS_PASSED,
  MISSES,
  SKIPPED_CIRCUIT_OPEN,
  countUnauthorized,
  recordLatency,
  HITS_NOT_REPLAYED,
  REFUSED,
} from '../state/metrics';
import {
  LOOKING_UP,
  RECORDING,
  REPLAYING,
  Stream,
  awaitedCalls,
  stopTracking,
  UNTYPED,
} from '../state/streams';
import { writeLookup } from '../otlp/span';
import { isMarked } from '../capture/marker';
import { countLookup, countOutcome } from '../capture/request-log';
import { releaseUpstream } from '../capture/propagation';
import { allowsRecording } from './cache-rules';
import { noteAnswer, noteNoAnswer } from './circuit-breaker';
import { contentType, endReplay, finishReplay, contentLength, hasContentType, isInexact } from './headers';
import { body, readRecording, status as recordedStatus } from './recording';

/** What becomes of the request after an attempt to look it up. */
const WAIT: u32 = 0;
export const UPSTREAM: u32 = 1;
const REPLIED: u32 = 2;

const STATUS = text(':status');
const ERROR_HEADER = text('x-softprobe-error');
const CONTENT_TYPE = text('content-type');
const TEXT_PLAIN = text('text/plain; charset=utf-8');
const HIT_DETAILS = text('sp_agent_hit');
const MISS_DETAILS = text('sp_agent_strict_miss');
const ERROR_DETAILS = text('sp_agent_lookup_failed');
const NOT_LOOKED_UP_DETAILS = text('sp_agent_not_looked_up');
const ANSWER_DETAILS = text('sp_agent_backend_answer');
const SERVICE_TIME = text('x-envoy-upstream-service-time');
const JSON_TYPE = text('application/json');
const BEARER_TOKEN = text('_bearer_token');
const MISS = text('miss');
const NOT_REPLAYED = text('not-replayed');
const NOT_REPLAYED_TEXT = text('SP Agent: the recording of this request cannot answer it');
const NOT_LOOKED_UP = text('not-looked-up');
const NOT_LOOKED_UP_TEXT = text(
  'SP Agent: this request cannot be looked up, and lookup.strict lets nothing else upstream',
);
const FAILED = text('SP Agent: the lookup of a recording failed: ');
const TIMEOUT = text('timeout');
const UNREACHABLE = text('unreachable');
const CIRCUIT_OPEN = text('circuit-open');
const BAD_STATUS = text('status');
const MALFORMED = text('malformed answer');

// A larger answer is no recording of ours: bodies are capped far below.
const ANSWER_MAX: u32 = 12 << 20;
const SERVICE_UNAVAILABLE: i32 = 503;
const NS_PER_MS: u64 = 1000000;
const MISS_STATUS: i32 = 404;
// Clock and histogram are two calls of the host for each lookup: a sample serves the histogram of a busy proxy as well.
const TIMED_MAX: u32 = 16;

const message = permanentBuffer();
const answer = permanentBuffer();
const headers = permanentBuffer();
const sentence = permanentBuffer();

/** Asks the backend. The request must be held when the result is WAIT. */
export function startLookup(stream: Stream): u32 {
  if (!ask(stream, stream.root.timeoutMs)) return failLookup(stream, ERROR_UNREACHABLE, 0);
  stream.state = LOOKING_UP;
  return WAIT;
}

/** Sends the lookup; false when it cannot be sent. */
function ask(stream: Stream, timeoutMs: u32): bool {
  const root = stream.root;
  rewind(message);
  const bytes = writeLookup(message, stream);
  // Reserve the table entry first: an answer that could not be assigned would leave the request held.
  const canWait = len(bytes) > 0 && makeRoom(awaitedCalls());
  const token = canWait ? httpCall(root.cluster, root.lookupHeaders, bytes, timeoutMs) : 0;
  trim(message);
  if (!token) return false;
  stream.token = token;
  insert(awaitedCalls(), token, changetype<usize>(stream));
  return true;
}

/**
 * Sends a lookup once more that got no answer, within its time: a backend that closes idle connections breaks a call now and then. A
 * retry policy of Envoy would cost every lookup.
 */
function askAgain(stream: Stream): bool {
  if (stream.lookupRepeated) return false;
  stream.lookupRepeated = true;
  const spentMs = (now() - stream.lookupAt) / NS_PER_MS;
  const timeoutMs = stream.root.timeoutMs;
  if (spentMs >= timeoutMs || !setEffectiveContext(stream.id)) return false;
  return ask(stream, timeoutMs - <u32>spentMs);
}

/** The answer to a stream's lookup, on the root context. */
export function onLookupAnswer(stream: Stream, status: i32, size: u32): void {
  if (status != 200 && status != MISS_STATUS) readAnswerHeaders();
  else isFromBackend = true;
  remove(awaitedCalls(), stream.token);
  stream.token = 0;
  if (!isFromBackend && (status <= 0 || status == SERVICE_UNAVAILABLE) && askAgain(stream)) return;
  measureLookup(stream);
  // The answer can be read on the root context alone, the request be answered on its own.
  rewind(answer);
  const isRead =
    status == 200 ? size <= ANSWER_MAX && getBody(CALL_RESPONSE_BODY, 0, size, answer) >= 0 : true;
  const isReply = status == MISS_STATUS ? stream.root.strict : status != 200 && stream.root.passesAnswers;
  if (isReply) getBody(CALL_RESPONSE_BODY, 0, min(size, 1 << 16), answer);
  if (setEffectiveContext(stream.id)) finishLookup(stream, status, isRead);
  else stopTracking(stream);
  trim(answer);
  trim(headers);
  endReplay();
}

/** Brings the time of a lookup to the host, of the first ones after each tick. */
function measureLookup(stream: Stream): void {
  const root = stream.root;
  if (root.timedLookups >= TIMED_MAX) return;
  root.timedLookups++;
  recordLatency(now() - stream.lookupAt);
}

function finishLookup(stream: Stream, status: i32, isRead: bool): void {
  if (actOn(stream, status, isRead) != UPSTREAM) return;
  releaseUpstream(stream);
  continueRequest();
}

function actOn(stream: Stream, status: i32, isRead: bool): u32 {
  if (isFromBackend || (status > 0 && status != 503 && status != 504)) noteAnswer(stream.root);
  if (status == MISS_STATUS) return miss(stream);
  if (status == 200) {
    if (!isRead || !readRecording(wholeOf(answer), headers))
      return failLookup(stream, ERROR_MALFORMED, status);
    return replay(stream);
  }
  if (stream.root.passesAnswers && isOwnAnswer(status)) return passAnswer(stream, status);
  countUnauthorized(status);
  if (status <= 0 || status == 503) return failLookup(stream, ERROR_UNREACHABLE, status);
  // A time-out arrives as a 504 that the host makes.
  return failLookup(stream, status == 504 ? ERROR_TIMEOUT : ERROR_STATUS, status);
}

function replay(stream: Stream): u32 {
  const isMarkedBody = stream.root.skipsMarkedBodies && isMarked(body);
  if (isInexact || isMarkedBody || !allowsRecording(stream)) return keepBack(stream);
  finishReplay(headers);
  if (headers.failed) return failLookup(stream, ERROR_MALFORMED, recordedStatus);
  const hasBody = !stream.isHead && recordedStatus != 204 && recordedStatus != 304;
  // Our own reply passes the response callbacks: the stream must not record it.
  stopTracking(stream);
  if (!answerRequest(stream, recordedStatus, HIT_DETAILS, hasBody ? body : 0)) {
    countLookup(stream, ERROR_MALFORMED, recordedStatus);
    return UPSTREAM;
  }
  // Envoy calls a body text/plain that has no type, and takes the type away where there is no body.
  const isTypeChanged = hasContentType != (hasBody && len(body) > 0);
  if (isTypeChanged || (stream.isHead && len(contentLength))) {
    stream.state = REPLAYING;
    stream.responseTraits = hasContentType ? 0 : UNTYPED;
    append(stream.head, at(contentType), len(contentType));
    if (stream.isHead) append(stream.responseBody, at(contentLength), len(contentLength));
  }
  countLookup(stream, HITS, recordedStatus);
  return REPLIED;
}

/** Whether the answer came from the backend: the host's router says how long it took, the host's own replies do not. */
let isFromBackend: bool = false;
const answerType = permanentBuffer();

function readAnswerHeaders(): void {
  rewind(answerType);
  isFromBackend = getHeader(CALL_RESPONSE_HEADERS, SERVICE_TIME, answerType) > 0;
  rewind(answerType);
  getHeader(CALL_RESPONSE_HEADERS, CONTENT_TYPE, answerType);
}

/** An error that a rule or a strict session asks for is JSON; so is what the backend says of a key that it does not take. */
function isOwnAnswer(status: i32): bool {
  if (!isFromBackend || status < 200 || status > 599) return false;
  const content = wholeOf(answer);
  if (!len(content) || load<u8>(at(content)) != OPEN_BRACE) return false;
  const isAboutKey = (status == 401 || status == 403) && containsLower(content, BEARER_TOKEN);
  return !isAboutKey;
}

/** What the backend answers is the response of the request, which does not go upstream. */
function passAnswer(stream: Stream, status: i32): u32 {
  countLookup(stream, ANSWERS_PASSED, status);
  stopTracking(stream);
  rewind(headers);
  beginPairs(headers, 1);
  writePair(headers, 0, CONTENT_TYPE, answerType.length ? wholeOf(answerType) : JSON_TYPE);
  const hasBody = !stream.isHead && status != 204 && status != 304;
  answerRequest(stream, status, ANSWER_DETAILS, hasBody ? wholeOf(answer) : 0);
  return REPLIED;
}

/** The recording is not for this request: it goes upstream as after a miss. */
function keepBack(stream: Stream): u32 {
  countLookup(stream, HITS_NOT_REPLAYED, recordedStatus);
  stream.state = RECORDING;
  if (!stream.root.strict) return UPSTREAM;
  stopTracking(stream);
  return reply(stream, MISS_STATUS, MISS_DETAILS, NOT_REPLAYED, NOT_REPLAYED_TEXT);
}

/** Refuses a request that is not looked up, where everything is to be answered by the backend. */
export function refuseWithoutLookup(stream: Stream): void {
  countOutcome(stream, REFUSED);
  stopTracking(stream);
  reply(stream, SERVICE_UNAVAILABLE, NOT_LOOKED_UP_DETAILS, NOT_LOOKED_UP, NOT_LOOKED_UP_TEXT);
}

function miss(stream: Stream): u32 {
  countLookup(stream, MISSES, 0);
  stream.state = RECORDING;
  if (!stream.root.strict) return UPSTREAM;
  stopTracking(stream);
  return reply(stream, MISS_STATUS, MISS_DETAILS, MISS, wholeOf(answer));
}

/** Does without a lookup, as the circuit is open. */
export function refuseLookup(stream: Stream): u32 {
  return endWithoutLookup(stream, SKIPPED_CIRCUIT_OPEN, 0);
}

/** Counts the error; sends the request upstream or refuses it, by `lookup.onError`. */
function failLookup(stream: Stream, error: u32, status: i32): u32 {
  if (error == ERROR_TIMEOUT || error == ERROR_UNREACHABLE) noteNoAnswer(stream.root);
  return endWithoutLookup(stream, error, status);
}

function endWithoutLookup(stream: Stream, error: u32, status: i32): u32 {
  countLookup(stream, error, status);
  stream.state = RECORDING;
  if (!stream.root.failOnError) return UPSTREAM;
  stopTracking(stream);
  const reason = reasonOf(error);
  rewind(sentence);
  append(sentence, at(FAILED), len(FAILED));
  append(sentence, at(reason), len(reason));
  return reply(stream, SERVICE_UNAVAILABLE, ERROR_DETAILS, reason, wholeOf(sentence));
}

function reasonOf(error: u32): Slice {
  if (error == ERROR_TIMEOUT) return TIMEOUT;
  if (error == ERROR_UNREACHABLE) return UNREACHABLE;
  if (error == SKIPPED_CIRCUIT_OPEN) return CIRCUIT_OPEN;
  return error == ERROR_STATUS ? BAD_STATUS : MALFORMED;
}

/** Answers the request with an error of the filter, named by a header. */
function reply(stream: Stream, status: u32, details: Slice, reason: Slice, content: Slice): u32 {
  rewind(headers);
  beginPairs(headers, 2);
  writePair(headers, 0, ERROR_HEADER, reason);
  writePair(headers, 1, CONTENT_TYPE, TEXT_PLAIN);
  answerRequest(stream, status, details, content);
  return REPLIED;
}

/** Answers with what is in `headers`. */
function answerRequest(stream: Stream, status: u32, details: Slice, content: Slice): bool {
  stream.replyStatus = status;
  if (sendReply(status, details, headers.failed ? 0 : wholeOf(headers), content)) return true;
  stream.replyStatus = 0;
  return false;
}

/** The status of an answer to one of our calls; 0 without an answer. */
export function answerStatus(headerCount: u32): i32 {
  if (!headerCount) return 0;
  rewind(sentence);
  if (getHeader(CALL_RESPONSE_HEADERS, STATUS, sentence) <= 0) return 0;
  return parseDecimal(wholeOf(sentence));
}
