// Which requests the filter leaves alone.
import { DOT, SEMICOLON, SLASH, SPACE } from '../core/ascii';
import { Slice, at, endsWith, len, part, same, startsWith, text, startsWithLower } from '../core/bytes';
import { isNull } from '../core/memory';
import { isWord } from '../core/words';
import { hostOf, matchesAny } from '../match/rules';
import { Root } from '../state/root';
import { Stream } from '../state/streams';
import { contentType, authority, isPartial, method, path, pathOnly, session, upgrades } from './request';

const CONNECT = text('CONNECT');
const GRPC = text('application/grpc');
const INJECT = text('/v1/inject');
const PROTOBUF = text('application/x-protobuf');
const TELEMETRY = text('/v1/traces /v1/metrics /v1/logs /api/traces');
const OTLP = text('/otlp/');
const EXTENSIONS = text(
  'js mjs css map png jpg jpeg gif svg ico webp avif bmp woff woff2 ttf otf eot mp4 webm mp3 ogg wav',
);
const STATIC_TYPES = text(
  'text/css text/javascript application/javascript application/x-javascript application/wasm',
);
const STATIC_CLASSES = text('image font video audio');

/** Whether the filter ignores the request, decided by its headers. */
export function isBypassed(root: Root): bool {
  if (root.passive || !len(method) || !len(path) || upgrades || isPartial || same(method, CONNECT))
    return true;
  if (startsWithLower(contentType, GRPC)) return true;
  if (root.sessionOnly && !len(session)) return true;
  if (same(authority, root.authority) || isTelemetry() || isStaticPath()) return true;
  const host = hostOf(authority);
  if (matchesAny(root.exempt, method, host, pathOnly)) return true;
  return !isNull(root.rules) && !matchesAny(root.rules, method, host, pathOnly);
}

/** By trace id, so that all proxies of a trace decide alike. */
export function isSampled(stream: Stream): bool {
  // The last four bytes of the id, as a number in the order of the wire.
  return <u64>bswap<u32>(<u32>(stream.traceLow >> 32)) < stream.root.sampleBelow;
}

function isTelemetry(): bool {
  if (isWord(TELEMETRY, pathOnly) || startsWith(pathOnly, OTLP)) return true;
  return endsWith(pathOnly, INJECT) && startsWith(contentType, PROTOBUF);
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
