// Saves go out in batches, and are sent again when the backend cannot take them for now. Everything is bounded by
// `save.maxQueueBytes`: what waits, what is being sent and what will be tried again.
import { drop, permanentBuffer, reserve, rewind, wholeOf } from '../core/buffer';
import { containsLower, len, slice, text } from '../core/bytes';
import { allocate, release, isNull } from '../core/memory';
import { CALL_RESPONSE_BODY, CALL_RESPONSE_HEADERS, getBody, getHeader, httpCall, now } from '../host/abi';
import {
  BYTES_SAVED,
  DROPPED_MEMORY,
  DROPPED_QUEUE,
  DROPPED_REFUSED,
  DROPPED_RETRIES,
  SAVES_RETRIED,
  SPANS_SAVED,
  count,
  countUnauthorized,
} from '../state/metrics';
import { Root } from '../state/root';
import { Stream } from '../state/streams';
import { appendSpan, envelopeSize, writeEnvelope } from '../otlp/span';

/**
 * A message that was sent or waits to be sent again. `data` is the block of the buffer in which the spans were gathered:
 *
 *   | room for the envelope | envelope | spans |
 *   ▲ data                  ▲ data + from      ▲ data + from + length
 */
@unmanaged
class Batch {
  next: Batch;
  data: usize;
  capacity: u32;
  from: u32;
  length: u32;
  spans: u32;
  attempts: u32;
  /** Of the call in progress; 0 while it waits. */
  token: u32;
  dueAt: u64;
}

const BATCH_BYTES: u32 = offsetof<Batch>();
// Two tags and two lengths of five bytes.
const ENVELOPE_BYTES: u32 = 12;
const CALL_TIMEOUT_MS: u32 = 5000;
const SERVICE_UNAVAILABLE: i32 = 503;
const SERVICE_TIME = text('x-envoy-upstream-service-time');
// In the replies that Envoy's router makes.
const CONNECTION_FAILURE = text('connection failure');
const NO_UPSTREAM = text('no healthy upstream');
const REASON_MAX: u32 = 512;

const reply = permanentBuffer();

const BACK_OFF_MAX_MS: u64 = 30000;
const NS_PER_MS: u64 = 1000000;

/** Adds the span of a finished stream, and sends the batch when it is full. */
export function save(stream: Stream): void {
  const root = stream.root;
  const batch = root.batch;
  if (root.draining) return count(DROPPED_QUEUE, 1);
  // A backend may file a message under the first session in it.
  const isAlone = root.savesPerSession && stream.inSession;
  if (isAlone) flush(root);
  const room = ENVELOPE_BYTES + len(root.resource);
  if (batch.length == 0) {
    if (!reserve(batch, room)) return dropForMemory(root);
    batch.length = room;
  }
  const before = batch.length;
  if (!appendSpan(batch, stream)) return dropForMemory(root);
  if (root.queueBytes + batch.length > root.queueBytesMax) {
    batch.length = before;
    return count(DROPPED_QUEUE, 1);
  }
  root.batchSpans++;
  if (isAlone || root.batchSpans >= root.batchSpansMax || batch.length - room >= root.batchBytesMax)
    flush(root);
}

/** Memory is short: the new span goes, and what the batch holds already is sent, which frees it. */
function dropForMemory(root: Root): void {
  count(DROPPED_MEMORY, 1);
  root.batch.failed = false;
  flush(root);
}

/** Sends what has been gathered. */
function flush(root: Root): void {
  const buffer = root.batch;
  if (!root.batchSpans) return rewind(buffer);
  const batch = changetype<Batch>(allocate(BATCH_BYTES));
  if (isNull(batch)) {
    count(DROPPED_MEMORY, root.batchSpans);
    root.batchSpans = 0;
    return drop(buffer);
  }
  const room = ENVELOPE_BYTES + len(root.resource);
  const scope = buffer.length - room;
  batch.from = room - envelopeSize(root.resource, scope);
  batch.length = buffer.length - batch.from;
  writeEnvelope(buffer.data + batch.from, root.resource, scope);
  batch.data = buffer.data;
  batch.capacity = buffer.capacity;
  batch.spans = root.batchSpans;
  batch.attempts = 0;
  batch.token = 0;
  batch.dueAt = 0;
  batch.next = changetype<Batch>(root.queue);
  root.queue = changetype<usize>(batch);
  root.queueBytes += batch.length;
  // The block is the batch's now.
  buffer.data = 0;
  buffer.capacity = 0;
  rewind(buffer);
  root.batchSpans = 0;
  send(root, batch);
}

function send(root: Root, batch: Batch): void {
  const body = slice(batch.data + batch.from, batch.length);
  batch.token = httpCall(root.cluster, root.saveHeaders, body, CALL_TIMEOUT_MS);
  if (batch.token) root.callsInFlight++;
  else postpone(root, batch);
}

/** Tries again later, twice as late each time, up to `save.maxRetries`. */
function postpone(root: Root, batch: Batch): void {
  if (batch.attempts >= root.retriesMax || root.draining) return discard(root, batch, DROPPED_RETRIES);
  const wait = min((<u64>root.flushMs) << batch.attempts, BACK_OFF_MAX_MS);
  batch.attempts++;
  batch.dueAt = now() + wait * NS_PER_MS;
}

function discard(root: Root, batch: Batch, metric: u32): void {
  count(metric, batch.spans);
  unlink(root, batch);
}

function unlink(root: Root, batch: Batch): void {
  if (root.queue == changetype<usize>(batch)) root.queue = changetype<usize>(batch.next);
  else {
    let before = changetype<Batch>(root.queue);
    while (before.next != batch) before = before.next;
    before.next = batch.next;
  }
  root.queueBytes -= batch.length;
  release(batch.data, batch.capacity);
  release(changetype<usize>(batch), BATCH_BYTES);
}

/** Whether a save that failed may be sent again. */
function mayRetry(root: Root, status: i32, bodySize: u32): bool {
  if (status == 429) return true;
  if (!root.retriesRefusedOnly) return status <= 0 || status >= 500;
  return status == SERVICE_UNAVAILABLE && wasRefused(bodySize);
}

/** Whether the host itself answered, as no connection could be made: then the backend has not taken the message. */
function wasRefused(bodySize: u32): bool {
  rewind(reply);
  if (getHeader(CALL_RESPONSE_HEADERS, SERVICE_TIME, reply) > 0) return false;
  rewind(reply);
  if (getBody(CALL_RESPONSE_BODY, 0, min(bodySize, REASON_MAX), reply) <= 0) return false;
  const reason = wholeOf(reply);
  return containsLower(reason, CONNECTION_FAILURE) || containsLower(reason, NO_UPSTREAM);
}

/** The answer to a call that was no lookup. */
export function onSaveAnswer(root: Root, token: u32, status: i32, bodySize: u32): void {
  let batch = changetype<Batch>(root.queue);
  while (!isNull(batch) && batch.token != token) batch = batch.next;
  if (isNull(batch)) return;
  root.callsInFlight--;
  countUnauthorized(status);
  batch.token = 0;
  if (status >= 200 && status < 300) {
    count(SPANS_SAVED, batch.spans);
    count(BYTES_SAVED, batch.length);
    unlink(root, batch);
  } else if (mayRetry(root, status, bodySize)) postpone(root, batch);
  else discard(root, batch, status > 0 && status < 500 ? DROPPED_REFUSED : DROPPED_RETRIES);
}

/** Sends what is due: the batch at every tick, and batches whose wait is over. */
export function onSaveTick(root: Root): void {
  flush(root);
  if (root.queue) sendWaiting(root, now());
}

/** The configuration goes: whatever waits is sent now or never. */
export function sendAll(root: Root): void {
  flush(root);
  sendWaiting(root, u64.MAX_VALUE);
}

function sendWaiting(root: Root, until: u64): void {
  let batch = changetype<Batch>(root.queue);
  while (!isNull(batch)) {
    const next = batch.next;
    if (!batch.token && batch.dueAt <= until) {
      count(SAVES_RETRIED, 1);
      send(root, batch);
    }
    batch = next;
  }
}

/** Frees what is left when the context goes. */
export function discardAll(root: Root): void {
  while (root.queue) discard(root, changetype<Batch>(root.queue), DROPPED_RETRIES);
}
