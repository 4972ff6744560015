// A hit: the first span of an answer that holds a status code.
import { base64Failed, decodeBase64 } from '../core/base64';
import { Buffer } from '../core/buffer';
import { Slice, len, parseDecimal, part, same, startsWith, text } from '../core/bytes';
import { allocate } from '../core/memory';
import { BASE64, RESPONSE_BODY, RESPONSE_ENCODING, RESPONSE_TRUNCATED } from '../otlp/body-attributes';
import {
  BROKEN,
  BYTES,
  END,
  FIELD,
  MESSAGE_BYTES,
  Message,
  VARINT,
  openMessage,
  readField,
} from '../otlp/protobuf';
import { beginReplay, replayHeader } from './headers';

const STATUS = text('http.response.status_code');
const HEADER = text('http.response.header.');
// How a binary body is marked for backends that keep headers and body alone (otlp/body-attributes.ts).
const ENCODING_HEADER = text('x-softprobe-body-encoding');

/** What was recorded; valid as long as the answer's bytes are. */
export let status: i32 = 0;
export let body: Slice = 0;

let bodyIsBase64: bool = false;
let isTruncated: bool = false;

// One reader for each level of TracesData, ResourceSpans, ScopeSpans, Span, KeyValue, AnyValue, ArrayValue, AnyValue.
const levels = allocate(MESSAGE_BYTES * 8);

// @ts-ignore: decorator
@inline
function level(depth: u32): Message {
  return changetype<Message>(levels + depth * MESSAGE_BYTES);
}

/**
 * Reads a recording and writes its headers to `headers`. False when the bytes are not protobuf, no span holds a status
 * from 200 to 599, or the body was truncated: a recording that cannot be replayed exactly is not replayed.
 */
export function readRecording(answer: Slice, headers: Buffer): bool {
  status = 0;
  body = 0;
  if (!walk(answer, 0, headers)) return false;
  if (status < 200 || status > 599 || isTruncated || headers.failed) return false;
  if (!bodyIsBase64) return true;
  body = decodeBase64(body);
  return !base64Failed;
}

// Fields that hold the next level: TracesData.resource_spans, ResourceSpans.scope_spans, ScopeSpans.spans.
const NESTING = memory.data<u8>([1, 2, 2]);
const SPAN_LEVEL: u32 = 3;
const SPAN_ATTRIBUTES: u32 = 9;

/** Three levels down to the span: the depth is the schema's, never the input's. */
function walk(bytes: Slice, depth: u32, headers: Buffer): bool {
  const message = level(depth);
  openMessage(message, bytes);
  if (depth == SPAN_LEVEL) {
    // A span before this one had no status: what it held does not count.
    body = 0;
    bodyIsBase64 = isTruncated = false;
    beginReplay(headers);
  }
  const wanted = depth == SPAN_LEVEL ? SPAN_ATTRIBUTES : <u32>load<u8>(NESTING + depth);
  let step = readField(message);
  while (step == FIELD) {
    if (message.field == wanted && message.wire == BYTES) {
      const inside = message.bytes;
      if (depth == SPAN_LEVEL) {
        if (!readAttribute(inside, headers)) return false;
      } else if (!status && !walk(inside, depth + 1, headers)) return false;
    }
    step = readField(message);
  }
  return step == END;
}

let valueField: u32 = 0;
let valueBytes: Slice = 0;
let valueNumber: u64 = 0;

const STRING_VALUE: u32 = 1;
const BOOL_VALUE: u32 = 2;
const INT_VALUE: u32 = 3;
const ARRAY_VALUE: u32 = 5;
const BYTES_VALUE: u32 = 7;
const KNOWN_VALUE_MAX: u32 = 7;

function readAttribute(bytes: Slice, headers: Buffer): bool {
  const message = level(4);
  openMessage(message, bytes);
  let name: Slice = 0;
  valueField = 0;
  let step = readField(message);
  while (step == FIELD) {
    if (message.field == 1 && message.wire == BYTES) name = message.bytes;
    else if (message.field == 2 && message.wire == BYTES && !readValue(message.bytes, 5)) return false;
    step = readField(message);
  }
  if (step == BROKEN) return false;
  return take(name, headers);
}

function readValue(bytes: Slice, depth: u32): bool {
  const message = level(depth);
  openMessage(message, bytes);
  valueField = 0;
  let step = readField(message);
  while (step == FIELD) {
    const isNumber = message.wire == VARINT && (message.field == BOOL_VALUE || message.field == INT_VALUE);
    const isKnownBytes = message.wire == BYTES && message.field <= KNOWN_VALUE_MAX;
    if (isNumber || isKnownBytes) {
      valueField = message.field;
      valueBytes = message.bytes;
      valueNumber = message.number;
    }
    step = readField(message);
  }
  return step == END;
}

function isText(): bool {
  return valueField == STRING_VALUE || valueField == BYTES_VALUE;
}

function take(name: Slice, headers: Buffer): bool {
  if (startsWith(name, HEADER)) return takeHeader(part(name, len(HEADER), len(name)), headers);
  if (same(name, STATUS)) {
    if (valueField == INT_VALUE) status = valueNumber < 1000 ? <i32>valueNumber : -1;
    else if (isText()) status = parseDecimal(valueBytes);
    if (!status) status = -1;
  } else if (same(name, RESPONSE_BODY)) {
    if (isText()) body = valueBytes;
  } else if (same(name, RESPONSE_ENCODING)) bodyIsBase64 = isText() && same(valueBytes, BASE64);
  else if (same(name, RESPONSE_TRUNCATED)) isTruncated = valueField != BOOL_VALUE || valueNumber != 0;
  return true;
}

/** A header with one value, or with an array of them as the semantic conventions have it. */
function takeHeader(name: Slice, headers: Buffer): bool {
  if (same(name, ENCODING_HEADER)) {
    bodyIsBase64 = isText() && same(valueBytes, BASE64);
    return true;
  }
  if (isText()) replayHeader(headers, name, valueBytes);
  if (valueField != ARRAY_VALUE) return true;
  const values = level(6);
  openMessage(values, valueBytes);
  let step = readField(values);
  while (step == FIELD) {
    if (values.field == 1 && values.wire == BYTES) {
      if (!readValue(values.bytes, 7)) return false;
      if (isText()) replayHeader(headers, name, valueBytes);
    }
    step = readField(values);
  }
  return step == END;
}
