import { Arena, createArena, destroyArena, take } from '../core/arena';
import { BUFFER_BYTES, Buffer, drop } from '../core/buffer';
import { Slice } from '../core/bytes';
import { allocate, release, isNull } from '../core/memory';
import { Names } from '../core/names';
import { createTable, find, insert, remove } from '../core/table';
import { Rule } from '../match/rules';
import { COUNTER_BYTES } from './counter';

/**
 * One plug-in configuration: the host gives each a root context. Zero means absent.
 *
 *   | configuration, fixed after configure | batch being filled | queue of batches | counts |
 */
@unmanaged
export class Root {
  id: u32;
  arena: Arena;
  ready: bool;
  /** A gateway's proxy: the filter leaves its traffic alone. */
  passive: bool;
  /** Each request that is looked up or left alone is logged. */
  logsRequests: bool;
  inbound: bool;
  lookupEnabled: bool;
  withBody: bool;
  failOnError: bool;
  strict: bool;
  sessionOnly: bool;
  /** What cannot be replayed faithfully, or is no traffic of the application, is left alone in a session as well. */
  bypassesSessions: bool;
  /** The session travels as the existing agent wrote it, with where the trace was beside it. */
  isLegacySession: bool;
  /** An error that the backend answers a lookup with is the response of the request. */
  passesAnswers: bool;
  /** A save is tried again only where the backend has surely not taken it. */
  retriesRefusedOnly: bool;
  /** In a session each recording is sent at once, in a message of its own. */
  savesPerSession: bool;
  sendsBearer: bool;
  sendsPublicKey: bool;
  /** Which recordings may answer whom outside of a session: one of the values below. */
  cacheRules: u32;
  /** Methods that are looked up outside of a session; null: all. */
  methods: Names;
  /** A lookup needs no body: the backend matches method, host and path. */
  ignoresBody: bool;
  /** Recordings whose body holds the marker of redaction are not replayed. */
  skipsMarkedBodies: bool;
  /** False: what goes upstream is not recorded. */
  saves: bool;
  redactsBodies: bool;
  /** The configuration names all redacted headers: the default list does not count. */
  replacesHeaders: bool;
  timeoutMs: u32;
  /** Longest time that a request is held for the end of its body; 0: as long as a lookup may take. */
  holdTimeoutMs: u32;
  /** Lookups in a row without an answer that open the circuit; 0: it never opens. */
  circuitFailures: u32;
  circuitOpenMs: u32;
  requestBodyMax: u32;
  responseBodyMax: u32;
  memoryMax: u32;
  /** Of the trace id's last 32 bits: below it a request is sampled. */
  sampleBelow: u64;
  agent: Slice;
  revision: Slice;
  serviceName: Slice;
  serviceNamespace: Slice;
  publicKey: Slice;
  publicKeyEnv: Slice;
  cluster: Slice;
  authority: Slice;
  pathPrefix: Slice;
  /** Serialized header maps of the two calls. */
  lookupHeaders: Slice;
  saveHeaders: Slice;
  /** `ResourceSpans.resource` and the attributes that all spans share, encoded. */
  resource: Slice;
  attributes: Slice;
  /** 500 bits: status 100 to 599 is recorded. */
  statuses: usize;
  rules: Rule;
  exempt: Rule;
  /** Telemetry of the application, which is left alone: the list of capture/bypass.ts, or these rules. */
  telemetry: Rule;
  usesOwnTelemetry: bool;
  /** Destination ports that are looked up and recorded: | port u32 | ... |; none: all. */
  ports: usize;
  portCount: u32;
  redactedHeaders: Names;
  redactedParameters: Names;
  redactedFields: Names;
  /** Headers that hold URLs. */
  urlHeaders: Names;
  /** Environment variable that holds the key of redaction markers; empty: markers are plain. */
  redactionKeyEnv: Slice;
  /** The key as `prepareHmac` writes it; 0 without one. */
  redactionKey: usize;
  batchSpansMax: u32;
  batchBytesMax: u32;
  flushMs: u32;
  retriesMax: u32;
  queueBytesMax: u32;
  /** Spans that wait for the next flush, each with tag and length. */
  batch: Buffer;
  batchSpans: u32;
  queueBytes: u32;
  /** Batches that were sent and not yet accepted. */
  queue: usize;
  callsInFlight: u32;
  /** Counters of its own statistics (state/revision-metrics.ts). */
  counters: usize;
  /** The host's numbers of its gauges; 0 before its statistics are defined. */
  contextsGauge: u32;
  tickGauge: u32;
  /** Its part in the shared gauges. */
  contextReported: bool;
  tickReported: u64;
  /** Time in ticks of the host's timer, which no change of the clock moves. */
  ticks: u32;
  tickMs: u32;
  flushedTick: u32;
  /** Lookups since the last tick whose time was measured. */
  timedLookups: u32;
  /** Streams whose headers are held for their bodies, by age (streams.ts). */
  firstHeld: usize;
  lastHeld: usize;
  /** State of the circuit breaker (replay/circuit-breaker.ts). */
  failuresInRow: u32;
  circuitOpen: bool;
  probedTick: u32;
  draining: bool;
}

/** As RFC 9111 has it for shared caches. */
export const RULES_SHARED: u32 = 0;
/** Users are distinguished, and nothing else. */
export const RULES_USERS: u32 = 1;
export const RULES_NONE: u32 = 2;

/** Requests, and responses of the classes 2xx to 5xx. */
export const REVISION_COUNTERS: u32 = 5;

const roots = createTable();
let activeRoots: u32 = 0;
const ROOT_BYTES: u32 = offsetof<Root>();

export function findRoot(id: u32): Root {
  return changetype<Root>(find(roots, id));
}

export function createRoot(id: u32): Root {
  const none = changetype<Root>(0);
  const root = changetype<Root>(allocate(ROOT_BYTES));
  if (isNull(root)) return none;
  memory.fill(changetype<usize>(root), 0, ROOT_BYTES);
  root.id = id;
  root.arena = createArena();
  const batch = isNull(root.arena) ? <usize>0 : take(root.arena, BUFFER_BYTES);
  root.counters = batch ? take(root.arena, REVISION_COUNTERS * COUNTER_BYTES) : 0;
  if (!root.counters || !insert(roots, id, changetype<usize>(root))) return none;
  root.batch = changetype<Buffer>(batch);
  activeRoots++;
  return root;
}

export function beginDrain(root: Root): void {
  if (!root.draining) activeRoots--;
  root.draining = true;
}

/** Whether every configuration drains: the host may destroy the virtual machine after the last. */
export function hasNoActiveRoot(): bool {
  return activeRoots == 0;
}

export function destroyRoot(root: Root): void {
  remove(roots, root.id);
  drop(root.batch);
  destroyArena(root.arena);
  release(changetype<usize>(root), ROOT_BYTES);
}

/** Ticks that make up a time; one at least. */
export function ticksOf(root: Root, milliseconds: u32): u32 {
  return max(1, milliseconds / root.tickMs);
}

export function recordsStatus(root: Root, status: u32): bool {
  if (status < 100 || status > 599) return false;
  const bit = status - 100;
  return (((<u32>load<u8>(root.statuses + (bit >> 3))) >> (bit & 7)) & 1) != 0;
}

export function recordStatus(root: Root, status: u32): void {
  const bit = status - 100;
  const place = root.statuses + (bit >> 3);
  store<u8>(place, load<u8>(place) | (<u8>((<u32>1) << (bit & 7))));
}
