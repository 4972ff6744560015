// Which requests the filter leaves alone.
import { DOT, SEMICOLON, SLASH, SPACE } from '../core/ascii';
import { permanentBuffer, rewind } from '../core/buffer';
import { Slice, at, endsWith, len, part, same, startsWith, text } from '../core/bytes';
import { isNull } from '../core/memory';
import { hasName, permanentNames } from '../core/names';
import { isWord, wordAt } from '../core/words';
import { getProperty } from '../host/abi';
import { firstMatch, hostOf } from '../match/rules';
import { Root } from '../state/root';
import { Stream } from '../state/streams';
import {
  contentType,
  authority,
  isGrpc,
  isPartial,
  method,
  path,
  pathOnly,
  session,
  upgrades,
} from './request';

const CONNECT = text('CONNECT');
const INJECT = text('/v1/inject');
const PROTOBUF = text('application/x-protobuf');
// Where exporters send what they have measured: OpenTelemetry, Zipkin, Jaeger, Loki, Prometheus' remote write (Mimir, Cortex),
// Datadog, Elastic APM, New Relic, Splunk.
const TELEMETRY_LIST = text(
  '/v1/traces /v1/metrics /v1/logs /v1development/profiles /api/v1/spans /api/v2/spans /api/traces /loki/api/v1/push /api/v1/write /api/v1/push /api/prom/push /v0.3/traces /v0.4/traces /v0.5/traces /v0.7/traces /v0.6/stats /v0.1/pipeline_stats /api/v1/series /api/v2/series /api/v1/check_run /api/v2/logs /api/beta/sketches /profiling/v1/input /intake/v2/events /intake/v2/rum/events /config/v1/agents /agent_listener/invoke_raw_method /trace/v1 /metric/v1 /log/v1 /services/collector /services/collector/event',
);
const TELEMETRY = permanentNames(TELEMETRY_LIST);
const DATADOG_PROXY = text('/telemetry/proxy/');
const API = text('/api/');
const SENTRY_ENVELOPE = text('/envelope/');
const SENTRY_STORE = text('/store/');
const OTLP = text('/otlp/');
const EXTENSIONS = text(
  'js mjs css map png jpg jpeg gif svg ico webp avif bmp woff woff2 ttf otf eot mp4 webm mp3 ogg wav',
);
const STATIC_TYPES = text(
  'text/css text/javascript application/javascript application/x-javascript application/wasm',
);
// A number of 64 bits, little-endian. Of traffic that Istio redirects it is the port that the application asked for.
const DESTINATION_PORT = text('destination\0port');
const STATIC_CLASSES = text('image font video audio');

const port = permanentBuffer();

/** The filter works on the request. */
export const TAKEN: u32 = 0;
// It is to be left alone, whatever else holds, because:
const OWN_CALL: u32 = 1;
const NO_SESSION: u32 = 2;
const IS_TELEMETRY: u32 = 3;
const OTHER_PORT: u32 = 4;
const IS_EXEMPT: u32 = 5;
const NO_RULE: u32 = 6;
/** It is not among the sampled requests. */
export const NOT_SAMPLED: u32 = 7;
/** The filter cannot look it up or record it. */
export const UNSUPPORTED: u32 = 8;
// In the order of the numbers above.
const REASONS = text('own-call no-session telemetry port exempt no-rule not-sampled unsupported');

/** Position of the rule that decided, from 1, in `capture.rules` or `capture.exempt`; 0: none did. */
export let ruleNumber: u32 = 0;

/** The name of a reason to leave a request alone. */
export function reasonOf(kind: u32): Slice {
  return wordAt(REASONS, kind - 1);
}

/** What the filter does with the request that was just read, decided by its headers. */
export function classifyRequest(root: Root): u32 {
  ruleNumber = 0;
  if (root.passive || same(authority, root.authority)) return OWN_CALL;
  if (root.sessionOnly && !len(session)) return NO_SESSION;
  const bypasses = root.bypassesSessions || !len(session);
  if (bypasses && isTelemetry(root)) return IS_TELEMETRY;
  if (!isCapturedPort(root)) return OTHER_PORT;
  const host = hostOf(authority);
  ruleNumber = firstMatch(root.exempt, method, host, pathOnly);
  if (ruleNumber) return IS_EXEMPT;
  ruleNumber = firstMatch(root.rules, method, host, pathOnly);
  if (!isNull(root.rules) && !ruleNumber) return NO_RULE;
  if (!len(method) || !len(path) || upgrades || same(method, CONNECT)) return UNSUPPORTED;
  if (!bypasses) return TAKEN;
  return isPartial || isGrpc || isStaticPath() ? UNSUPPORTED : TAKEN;
}

/** By trace id, so that all proxies of a trace decide alike. */
export function isSampled(stream: Stream): bool {
  // The last four bytes of the id, as a number in the order of the wire.
  return <u64>bswap<u32>(<u32>(stream.traceLow >> 32)) < stream.root.sampleBelow;
}

function isTelemetry(root: Root): bool {
  if (endsWith(pathOnly, INJECT) && startsWith(contentType, PROTOBUF)) return true;
  if (!root.usesOwnTelemetry) return firstMatch(root.telemetry, method, hostOf(authority), pathOnly) != 0;
  if (hasName(TELEMETRY, pathOnly) || startsWith(pathOnly, OTLP) || startsWith(pathOnly, DATADOG_PROXY))
    return true;
  // `/api/<project>/envelope/`
  return (
    startsWith(pathOnly, API) && (endsWith(pathOnly, SENTRY_ENVELOPE) || endsWith(pathOnly, SENTRY_STORE))
  );
}

function isCapturedPort(root: Root): bool {
  if (!root.portCount) return true;
  rewind(port);
  if (getProperty(DESTINATION_PORT, port) < 4) return false;
  for (let i: u32 = 0; i < root.portCount; i++) {
    if (load<u32>(root.ports + ((<usize>i) << 2)) == load<u32>(port.data)) return true;
  }
  return false;
}

function isStaticPath(): bool {
  const end = len(pathOnly);
  for (let i: u32 = 1; i <= 6 && i < end; i++) {
    const byte = load<u8>(at(pathOnly) + end - i);
    if (byte == SLASH) return false;
    if (byte == DOT) return isWord(EXTENSIONS, part(pathOnly, end - i + 1, end));
  }
  return false;
}

/** Whether a response of this content type is a static resource. */
export function isStaticType(type: Slice): bool {
  let end: u32 = 0;
  let slash: u32 = 0;
  while (end < len(type)) {
    const byte = load<u8>(at(type) + end);
    if (byte == SEMICOLON || byte == SPACE) break;
    if (byte == SLASH) slash = end;
    end++;
  }
  return isWord(STATIC_CLASSES, part(type, 0, slash)) || isWord(STATIC_TYPES, part(type, 0, end));
}
