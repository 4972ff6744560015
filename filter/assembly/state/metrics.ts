// Envoy statistics. The hot path counts in linear memory; one timer brings the differences to the host, so that a
// request costs no call. Gauges are changed by differences too: workers share them, and the sum is the truth.
import { proxy_define_metric, proxy_record_metric } from '@solo-io/proxy-runtime/assembly/imports';
import { append, permanentBuffer, rewind } from '../core/buffer';
import { Slice, at, len, text } from '../core/bytes';
import { bytesInUse, linearBytes } from '../core/memory';
import { nextWord, openWords, word, wordAt } from '../core/words';
import { COUNTER_BYTES, addToCounter, addToMetric, reportCounter, setMetricId } from './counter';
import { openStreams } from './streams';

export const COUNTER: i32 = 0;
export const GAUGE: i32 = 1;
const HISTOGRAM: i32 = 2;

export const HITS: u32 = 0;
export const MISSES: u32 = 1;
/** The time-out passed. */
export const ERROR_TIMEOUT: u32 = 2;
/** No connection, a reset, or no such cluster. */
export const ERROR_UNREACHABLE: u32 = 3;
/** A status that is neither 200 nor 404. */
export const ERROR_STATUS: u32 = 4;
/** A 200 that holds no recording to replay. */
export const ERROR_MALFORMED: u32 = 5;
export const SPANS_SAVED: u32 = 6;
export const BYTES_SAVED: u32 = 7;
export const SAVES_RETRIED: u32 = 8;
export const DROPPED_MEMORY: u32 = 9;
export const DROPPED_QUEUE: u32 = 10;
export const DROPPED_REFUSED: u32 = 11;
export const DROPPED_RETRIES: u32 = 12;
/** Headers that the host cannot pass: more than 1,024 or more than 1 MiB. */
export const DROPPED_HEADERS: u32 = 13;
export const DROPPED_UNREDACTABLE: u32 = 14;
/** The response ended before it was complete. */
export const DROPPED_INCOMPLETE: u32 = 15;
/** A body above the cap: the request continued without a lookup. */
export const SKIPPED_BODY: u32 = 16;
export const BYPASSED: u32 = 17;
/** Redacted without a key, so that the answer of another user could match: the request continued without a lookup. */
export const SKIPPED_AMBIGUOUS: u32 = 18;
/** The backend answered a lookup or a save with 401 or 403. */
const UNAUTHORIZED: u32 = 19;
/** A body that did not end within `lookup.holdTimeoutMs`: the request continued without a lookup. */
export const HOLD_TIMEOUTS: u32 = 20;
/** A request whose client may wait for the answer before it ends its body. */
export const SKIPPED_STREAMING: u32 = 21;
/** No lookup, as the backend has not answered the last ones. */
export const SKIPPED_CIRCUIT_OPEN: u32 = 22;
/** Outside of a session, a request that a shared cache would not answer. */
export const SKIPPED_CACHE_RULES: u32 = 23;
/** A recording that must not answer this request, or cannot exactly. */
export const HITS_NOT_REPLAYED: u32 = 24;
/** Not looked up, and therefore refused (`lookup.strict`). */
export const REFUSED: u32 = 25;
/** An error that the backend answered a lookup with, and that the client got. */
export const ANSWERS_PASSED: u32 = 26;
const COUNTERS: u32 = 27;

// The names in the order of the numbers above.
const NAMES = text(
  'lookup_hits lookup_misses lookup_errors_timeout lookup_errors_unreachable lookup_errors_status lookup_errors_malformed saved_spans saved_bytes save_retries dropped_memory dropped_queue dropped_refused dropped_retries dropped_headers dropped_unredactable dropped_incomplete skipped_body bypassed skipped_ambiguous backend_unauthorized hold_timeouts skipped_streaming skipped_circuit_open skipped_cache_rules hits_not_replayed refused answers_passed',
);
const PREFIX = text('sp_agent_');
const LATENCY = text('lookup_milliseconds');
const MEMORY = text('memory_bytes');
const LINEAR = text('linear_memory_bytes');
const STREAMS = text('streams');

// COUNTERS × COUNTER_BYTES
const counters = memory.data(27 * 24, 8);
// | metric id u32 | last reported u32 | × 3
const gauges = memory.data(3 * 8, 8);
let latency: u32 = 0;
let defined: bool = false;

const name = permanentBuffer();

export function count(metric: u32, by: u64): void {
  addToCounter(counters + <usize>metric * COUNTER_BYTES, by);
}

/** @param status of an answer of the backend. */
export function countUnauthorized(status: i32): void {
  if (status == 401 || status == 403) count(UNAUTHORIZED, 1);
}

/** The metric's name without `sp_agent_`. */
export function nameOf(metric: u32): Slice {
  return wordAt(NAMES, metric);
}

/** How often it was counted since the module started. */
export function total(metric: u32): u64 {
  return load<u64>(counters + <usize>metric * COUNTER_BYTES);
}

/** Begins the name of a metric that is to be defined. */
export function beginName(part: Slice): void {
  rewind(name);
  addToName(PREFIX);
  addToName(part);
}

export function addToName(part: Slice): void {
  append(name, at(part), len(part));
}

/** The host's number of the metric whose name was begun; 0 when it has none. */
export function define(kind: i32): u32 {
  const id = memory.data(4, 4);
  store<u32>(id, 0);
  const result = proxy_define_metric(kind, name.data, name.length, id);
  return result == 0 ? load<u32>(id) : 0;
}

/** Defines all metrics, once in a virtual machine. */
export function defineMetrics(): void {
  if (defined) return;
  defined = true;
  openWords(NAMES);
  for (let i: u32 = 0; nextWord(); i++) {
    defineCounter(counters + <usize>i * COUNTER_BYTES, word);
  }
  beginName(LATENCY);
  latency = define(HISTOGRAM);
  defineGauge(0, MEMORY);
  defineGauge(1, LINEAR);
  defineGauge(2, STREAMS);
}

function defineCounter(counter: usize, word: Slice): void {
  beginName(word);
  setMetricId(counter, define(COUNTER));
}

function defineGauge(index: u32, word: Slice): void {
  beginName(word);
  store<u32>(gauges + ((<usize>index) << 3), define(GAUGE));
}

export function setMetric(id: u32, value: u64): void {
  if (id) proxy_record_metric(id, value);
}

export function recordLatency(nanoseconds: u64): void {
  setMetric(latency, nanoseconds / 1000000);
}

/** Brings what was counted to the host. */
export function reportMetrics(): void {
  for (let i: u32 = 0; i < COUNTERS; i++) reportCounter(counters + <usize>i * COUNTER_BYTES);
  setGauge(0, bytesInUse());
  setGauge(1, linearBytes());
  setGauge(2, openStreams());
}

/** Takes this machine's part out of the shared gauges. */
export function retractGauges(): void {
  setGauge(0, 0);
  setGauge(1, 0);
  setGauge(2, 0);
}

function setGauge(index: u32, value: u32): void {
  const place = gauges + ((<usize>index) << 3);
  const id = load<u32>(place);
  const difference = <i64>value - <i64>load<u32>(place, 4);
  if (difference && addToMetric(id, difference)) store<u32>(place, value, 4);
}
