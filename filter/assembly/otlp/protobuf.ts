// The protobuf wire format (https://protobuf.dev/programming-guides/encoding/): varints and length-delimited fields.
import { Slice, slice } from '../core/bytes';

export const VARINT: u32 = 0;
const FIXED64: u32 = 1;
export const BYTES: u32 = 2;
const FIXED32: u32 = 5;

export function varintSize(value: u32): u32 {
  return value < 1 << 7 ? 1 : value < 1 << 14 ? 2 : value < 1 << 21 ? 3 : value < 1 << 28 ? 4 : 5;
}

/** Writes a varint and returns the address behind it. */
export function writeVarint(to: usize, value: u32): usize {
  while (value >= 0x80) {
    store<u8>(to++, value | 0x80);
    value >>= 7;
  }
  store<u8>(to, value);
  return to + 1;
}

export function fieldSize(length: u32): u32 {
  return 1 + varintSize(length) + length;
}

/** Writes tag and length of a length-delimited field below number 16. */
export function writeHead(to: usize, field: u32, length: u32): usize {
  store<u8>(to, (field << 3) | BYTES);
  return writeVarint(to + 1, length);
}

// Reading: a cursor at `at` that stops at `end`. `readField` walks one message; a message inside is read by saving
// and restoring the cursor, so that depth costs nothing.
//
//   | tag | varint |   | tag | 8 bytes |   | tag | length | bytes |   | tag | 4 bytes |

/** One message being read. | at u32 | end u32 | field u32 | wire u32 | number u64 | bytes u64 |  32 bytes */
@unmanaged
export class Message {
  at: usize;
  end: usize;
  field: u32;
  wire: u32;
  number: u64;
  bytes: Slice;
}

export const MESSAGE_BYTES: u32 = 32;

export const END: u32 = 0;
export const FIELD: u32 = 1;
export const BROKEN: u32 = 2;

export function openMessage(message: Message, bytes: Slice): void {
  message.at = <usize>(bytes >> 32);
  message.end = message.at + <u32>bytes;
}

/** Reads the next field: END behind the last one, BROKEN when the bytes are not protobuf. Groups are skipped. */
export function readField(message: Message): u32 {
  while (message.at < message.end) {
    if (!readVarint(message) || message.number > u32.MAX_VALUE) return BROKEN;
    message.field = (<u32>message.number) >> 3;
    message.wire = (<u32>message.number) & 7;
    if (message.field == 0) return BROKEN;
    if (message.wire == 3) {
      if (!skipGroup(message)) return BROKEN;
      continue;
    }
    return readValue(message) ? FIELD : BROKEN;
  }
  return END;
}

function readValue(message: Message): bool {
  const left = <u32>(message.end - message.at);
  switch (message.wire) {
    case VARINT:
      return readVarint(message);
    case FIXED64:
      if (left < 8) return false;
      message.number = load<u64>(message.at);
      message.at += 8;
      return true;
    case BYTES:
      if (!readVarint(message)) return false;
      const size = message.number;
      if (size > <u64>(message.end - message.at)) return false;
      message.bytes = slice(message.at, <u32>size);
      message.at += <usize>size;
      return true;
    case FIXED32:
      if (left < 4) return false;
      message.number = load<u32>(message.at);
      message.at += 4;
      return true;
    default:
      return false;
  }
}

/** Groups are deprecated, but a decoder must skip them. Nesting is counted, not recursed into, so that it costs no stack. */
function skipGroup(message: Message): bool {
  let depth: u32 = 1;
  while (depth > 0) {
    if (!readVarint(message)) return false;
    message.wire = (<u32>message.number) & 7;
    if (message.wire == 3) depth++;
    else if (message.wire == 4) depth--;
    else if (!readValue(message)) return false;
  }
  return true;
}

function readVarint(message: Message): bool {
  let value: u64 = 0;
  let p = message.at;
  for (let shift: u64 = 0; shift < 70; shift += 7) {
    if (p >= message.end) return false;
    const byte: u64 = load<u8>(p++);
    value |= (byte & 0x7f) << shift;
    if (byte < 0x80) {
      message.at = p;
      message.number = value;
      return true;
    }
  }
  return false;
}
