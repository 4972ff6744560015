// Statistics that prove which revision handles requests, for each configuration and side of the proxy:
//
//   sp_agent_revision_<12 hex>_configured_at_seconds        gauge: time of the last configure
//   sp_agent_revision_<12 hex>_<side>_requests              counter: requests handled
//   sp_agent_revision_<12 hex>_<side>_responses_<n>xx       counters, 2xx to 5xx: responses that clients got, whoever made them
//   sp_agent_revision_<12 hex>_<side>_contexts              gauge: threads of the proxy that have the configuration
//   sp_agent_revision_<12 hex>_<side>_last_tick_seconds     gauge: the sum of their last ticks' times
//
// A thread adds its own part to the shared gauges and withdraws it when its configuration ends. The main thread's machine,
// which handles no requests, ticks as well: the sum shows a single machine that has trapped, the latest tick would not.
import { Slice, len, text } from '../core/bytes';
import { nextWord, openWords, word } from '../core/words';
import { now } from '../host/abi';
import { COUNTER_BYTES, addToCounter, addToMetric, reportCounter, setMetricId } from './counter';
import { COUNTER, GAUGE, addToName, beginName, define, setMetric } from './metrics';
import { REVISION_COUNTERS, Root } from './root';

const REVISION = text('revision_');
const CONFIGURED = text('_configured_at_seconds');
const INBOUND = text('_inbound_');
const OUTBOUND = text('_outbound_');
// In the order of the counters.
const COUNTED = text('requests responses_2xx responses_3xx responses_4xx responses_5xx');
const CONTEXTS = text('contexts');
const TICK = text('last_tick_seconds');

const NS_PER_SECOND: u64 = 1000000000;

export function reportConfigured(revision: Slice): void {
  if (!len(revision)) return;
  beginName(REVISION);
  addToName(revision);
  addToName(CONFIGURED);
  setMetric(define(GAUGE), now() / NS_PER_SECOND);
}

export function countRequest(root: Root): void {
  addToCounter(root.counters, 1);
}

/** @param status of a final response. */
export function countResponse(root: Root, status: u32): void {
  const hundreds = status / 100;
  if (hundreds >= 2 && hundreds <= 5) addToCounter(counterAt(root, hundreds - 1), 1);
}

function counterAt(root: Root, index: u32): usize {
  return root.counters + <usize>index * COUNTER_BYTES;
}

/** With each tick, and not before the first: Envoy tries a configuration in a virtual machine that never ticks. */
export function reportRevision(root: Root): void {
  if (root.draining || !len(root.revision)) return;
  if (!root.contextsGauge) defineRevisionMetrics(root);
  for (let i: u32 = 0; i < REVISION_COUNTERS; i++) reportCounter(counterAt(root, i));
  if (!root.contextReported && addToMetric(root.contextsGauge, 1)) root.contextReported = true;
  moveTick(root, now() / NS_PER_SECOND);
}

/** The configuration ends: its part leaves the gauges, and what was counted is reported. */
export function withdrawRevision(root: Root): void {
  if (!root.contextReported) return;
  reportRevision(root);
  moveTick(root, 0);
  if (addToMetric(root.contextsGauge, -1)) root.contextReported = false;
}

function moveTick(root: Root, seconds: u64): void {
  const by = <i64>seconds - <i64>root.tickReported;
  if (by && addToMetric(root.tickGauge, by)) root.tickReported = seconds;
}

function defineRevisionMetrics(root: Root): void {
  openWords(COUNTED);
  for (let i: u32 = 0; nextWord(); i++) setMetricId(counterAt(root, i), defineOwn(root, COUNTER, word));
  root.contextsGauge = defineOwn(root, GAUGE, CONTEXTS);
  root.tickGauge = defineOwn(root, GAUGE, TICK);
}

function defineOwn(root: Root, kind: i32, statistic: Slice): u32 {
  beginName(REVISION);
  addToName(root.revision);
  addToName(root.inbound ? INBOUND : OUTBOUND);
  addToName(statistic);
  return define(kind);
}
