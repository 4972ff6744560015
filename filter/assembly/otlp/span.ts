// Spans as the backend wants them (opentelemetry-proto, trace.proto):
//
//   TracesData.resource_spans (1) { ResourceSpans.resource (1) { ... }, scope_spans (2) { ScopeSpans.spans (2) { Span } } }
//
// All lengths are known before a byte is written, so that a message is written once and in order.
import { Buffer, reserve } from '../core/buffer';
import { Slice, at, copyBytes, len, slice, text } from '../core/bytes';
import { validLength } from '../core/utf8';
import { now } from '../host/abi';
import { random64 } from '../host/wasi';
import { Stream } from '../state/streams';
import { attributeSize, writeAttribute } from './attributes';
import {
  REQUEST,
  RESPONSE,
  classifyBody,
  measureBody,
  noBodySize,
  writeBody,
  writeNoBody,
} from './body-attributes';
import { fieldSize, writeHead } from './protobuf';

const SPAN_TYPE = text('sp.span.type');
const INJECT = text('inject');
const EXTRACT = text('extract');

const KIND_SERVER: u32 = 2;
const KIND_CLIENT: u32 = 3;

// | trace_id 18 | span_id 10 | parent_span_id 10 | kind 2 | start 9 | end 9 | flags 6 |
const FIXED_BYTES: u32 = 18 + 10 + 10 + 2 + 9 + 9 + 6;

/** Appends `spans { Span }` of a stream to a batch; false when memory is short. */
export function appendSpan(batch: Buffer, stream: Stream): bool {
  const size = measure(stream, true);
  // What a batch cannot hold by far must not wrap around.
  const to = size < 1 << 24 ? reserve(batch, fieldSize(size)) : 0;
  if (!to) return false;
  const end = writeSpan(writeHead(to, 2, size), stream, true);
  batch.length += <u32>(end - to);
  return true;
}

/** Writes the whole message of a lookup; empty when memory is short. */
export function writeLookup(buffer: Buffer, stream: Stream): Slice {
  const size = measure(stream, false);
  const scope = fieldSize(size);
  const spans = len(stream.root.resource) + fieldSize(scope);
  const to = size < 1 << 24 ? reserve(buffer, fieldSize(spans)) : 0;
  if (!to) return 0;
  const inside = writeEnvelope(to, stream.root.resource, scope);
  const end = writeSpan(writeHead(inside, 2, size), stream, false);
  return slice(to, <u32>(end - to));
}

/** Writes everything around `scope` bytes of encoded spans and returns where they belong. */
export function writeEnvelope(to: usize, resource: Slice, scope: u32): usize {
  to = writeHead(to, 1, len(resource) + fieldSize(scope));
  return writeHead(copyBytes(to, resource), 2, scope);
}

export function envelopeSize(resource: Slice, scope: u32): u32 {
  return fieldSize(len(resource) + fieldSize(scope)) - scope;
}

let name: Slice = 0;

function measure(stream: Stream, isExtract: bool): u32 {
  const head = stream.head;
  const path = slice(head.data + stream.pathAt, stream.pathBytes);
  // A name is a protobuf string, which must be UTF-8; the attributes have the path itself, unchanged.
  name = slice(at(path), validLength(path));
  const type = isExtract ? EXTRACT : INJECT;
  let size = fixedBytes(stream, isExtract) + fieldSize(len(name)) + head.length;
  size += attributeSize(len(SPAN_TYPE), len(type)) + len(stream.root.attributes);
  stream.requestTraits = classifyBody(stream.requestBody, stream.requestTraits);
  if (hasNoBody(stream)) size += noBodySize();
  else size += measureBody(REQUEST, stream.requestBody, stream.requestTraits, stream.requestBytes);
  if (!isExtract) return size;
  stream.responseTraits = classifyBody(stream.responseBody, stream.responseTraits);
  return size + measureBody(RESPONSE, stream.responseBody, stream.responseTraits, stream.responseBytes);
}

function hasNoBody(stream: Stream): bool {
  return stream.requestEnded && stream.requestBytes == 0;
}

function fixedBytes(stream: Stream, isExtract: bool): u32 {
  return FIXED_BYTES - (stream.parentId ? 0 : 10) - (isExtract ? 0 : 9);
}

function writeSpan(to: usize, stream: Stream, isExtract: bool): usize {
  store<u16>(to, 0x100a);
  store<u64>(to, stream.traceHigh, 2);
  store<u64>(to, stream.traceLow, 10);
  // Lookup and recording are two spans side by side: of a hit there is no recording that could be the parent.
  to = writeId(to + 18, 0x12, isExtract ? stream.spanId : random64());
  if (stream.parentId) to = writeId(to, 0x22, stream.parentId);
  to = writeHead(to, 5, len(name));
  to = copyBytes(to, name);
  store<u16>(to, 0x30 | ((isExtract ? KIND_SERVER : KIND_CLIENT) << 8));
  to = writeFixed64(to + 2, 0x39, stream.startedAt);
  if (isExtract) to = writeFixed64(to, 0x41, now());
  // Field 16, fixed32: its tag takes two bytes.
  store<u16>(to, 0x0185);
  store<u32>(to, stream.traceFlags, 2);
  to += 6;
  to = copyBytes(to, slice(stream.head.data, stream.head.length));
  to = writeAttribute(to, SPAN_TYPE, isExtract ? EXTRACT : INJECT);
  to = copyBytes(to, stream.root.attributes);
  if (hasNoBody(stream)) to = writeNoBody(to);
  else to = writeBody(to, REQUEST, stream.requestBody, stream.requestTraits, stream.requestBytes);
  if (!isExtract) return to;
  return writeBody(to, RESPONSE, stream.responseBody, stream.responseTraits, stream.responseBytes);
}

function writeId(to: usize, tag: u32, id: u64): usize {
  store<u16>(to, tag | 0x0800);
  store<u64>(to, id, 2);
  return to + 10;
}

function writeFixed64(to: usize, tag: u32, value: u64): usize {
  store<u8>(to, tag);
  store<u64>(to, value, 1);
  return to + 9;
}
