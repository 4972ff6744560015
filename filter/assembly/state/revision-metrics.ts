// Statistics that prove which revision handles requests, for each configuration and side of the proxy:
//
//   sp_agent_revision_<12 hex>_configured_at_seconds        gauge: time of the last configure
//   sp_agent_revision_<12 hex>_<side>_requests              counter: requests handled
//   sp_agent_revision_<12 hex>_<side>_contexts              gauge: threads of the proxy that have the configuration
//   sp_agent_revision_<12 hex>_<side>_last_tick_seconds     gauge: the sum of their last ticks' times
//
// A thread adds its own part to the shared gauges and withdraws it when its configuration ends. The main thread's machine,
// which handles no requests, ticks as well: the sum shows a single machine that has trapped, the latest tick would not.
import { Slice, len, text } from '../core/bytes';
import { now } from '../host/abi';
import { COUNTER, GAUGE, addToMetric, define, setMetric } from './metrics';
import { Root } from './root';

const REVISION = text('revision_');
const CONFIGURED = text('_configured_at_seconds');
const INBOUND_REQUESTS = text('_inbound_requests');
const OUTBOUND_REQUESTS = text('_outbound_requests');
const INBOUND_CONTEXTS = text('_inbound_contexts');
const OUTBOUND_CONTEXTS = text('_outbound_contexts');
const INBOUND_TICK = text('_inbound_last_tick_seconds');
const OUTBOUND_TICK = text('_outbound_last_tick_seconds');

const NS_PER_SECOND: u64 = 1000000000;

export function reportConfigured(revision: Slice): void {
  if (!len(revision)) return;
  setMetric(define(GAUGE, REVISION, revision, CONFIGURED), now() / NS_PER_SECOND);
}

/** With each tick, and not before the first: Envoy tries a configuration in a virtual machine that never ticks. */
export function reportRevision(root: Root): void {
  if (root.draining || !len(root.revision)) return;
  if (!root.contextsGauge) defineRevisionMetrics(root);
  const handled = root.requests - root.requestsReported;
  if (handled && addToMetric(root.requestsCounter, handled)) root.requestsReported = root.requests;
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
  const isInbound = root.inbound;
  const revision = root.revision;
  root.requestsCounter = define(
    COUNTER,
    REVISION,
    revision,
    isInbound ? INBOUND_REQUESTS : OUTBOUND_REQUESTS,
  );
  root.contextsGauge = define(GAUGE, REVISION, revision, isInbound ? INBOUND_CONTEXTS : OUTBOUND_CONTEXTS);
  root.tickGauge = define(GAUGE, REVISION, revision, isInbound ? INBOUND_TICK : OUTBOUND_TICK);
}
