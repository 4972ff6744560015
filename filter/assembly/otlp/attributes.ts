// Attributes as OTLP encodes them (opentelemetry-proto, common.proto and trace.proto):
//
//   Span.attributes (9) | length | KeyValue.key (1) | length | bytes | KeyValue.value (2) | length | AnyValue |
//   AnyValue: string_value (1) | length | bytes |     bytes_value (7) the same     bool_value (2), int_value (3): varint
import { Buffer, reserve } from '../core/buffer';
import { Slice, copyBytes, len } from '../core/bytes';
import { isUtf8 } from '../core/utf8';
import { fieldSize, varintSize, writeHead, writeVarint } from './protobuf';

const BYTES_TAG: u32 = 0x3a;

/** Bytes that `writeAttribute` writes. */
export function attributeSize(keyBytes: u32, valueBytes: u32): u32 {
  return fieldSize(fieldSize(keyBytes) + fieldSize(fieldSize(valueBytes)));
}

/** Writes everything but the value's bytes and returns where they belong. */
export function writeAttributeHead(to: usize, key: Slice, valueBytes: u32): usize {
  return writePrefixedHead(to, key, 0, valueBytes);
}

/** The same for a key in two parts. The tag of the value lies right before its length. */
function writePrefixedHead(to: usize, prefix: Slice, name: Slice, valueBytes: u32): usize {
  const keyBytes = len(prefix) + len(name);
  const value = fieldSize(valueBytes);
  to = writeHead(to, 9, fieldSize(keyBytes) + fieldSize(value));
  to = writeHead(to, 1, keyBytes);
  to = copyBytes(copyBytes(to, prefix), name);
  to = writeHead(to, 2, value);
  return writeHead(to, 1, valueBytes);
}

/** Writes a value that is text, or bytes where it is not valid text. */
export function writeAttribute(to: usize, key: Slice, value: Slice): usize {
  return writePrefixed(to, key, 0, value);
}

export function writePrefixed(to: usize, prefix: Slice, name: Slice, value: Slice): usize {
  const place = writePrefixedHead(to, prefix, name, len(value));
  if (!isUtf8(value)) {
    // A protobuf string must be UTF-8; AnyValue has a type for what is not.
    const tag = fieldSize(len(value)) - len(value);
    store<u8>(place - tag, BYTES_TAG);
  }
  return copyBytes(place, value);
}

const BOOL_TAG: u32 = 0x10;
const INT_TAG: u32 = 0x18;

export function writeTrueAttribute(to: usize, key: Slice): usize {
  to = writeHead(to, 9, fieldSize(len(key)) + fieldSize(2));
  to = writeHead(to, 1, len(key));
  to = writeHead(copyBytes(to, key), 2, 2);
  store<u8>(to, BOOL_TAG);
  store<u8>(to, 1, 1);
  return to + 2;
}

/** Bytes that `writeTrueAttribute` writes. */
export function trueAttributeSize(key: Slice): u32 {
  return fieldSize(fieldSize(len(key)) + fieldSize(2));
}

/** Bytes that `writeIntAttribute` writes. */
export function intAttributeSize(key: Slice, value: u32): u32 {
  return fieldSize(fieldSize(len(key)) + fieldSize(1 + varintSize(value)));
}

export function writeIntAttribute(to: usize, key: Slice, value: u32): usize {
  const size = 1 + varintSize(value);
  to = writeHead(to, 9, fieldSize(len(key)) + fieldSize(size));
  to = writeHead(to, 1, len(key));
  to = writeHead(copyBytes(to, key), 2, size);
  store<u8>(to, INT_TAG);
  return writeVarint(to + 1, value);
}

/** Appends a span attribute. */
export function addAttribute(buffer: Buffer, key: Slice, value: Slice): void {
  const size = attributeSize(len(key), len(value));
  const to = reserve(buffer, size);
  if (!to) return;
  writeAttribute(to, key, value);
  buffer.length += size;
}
