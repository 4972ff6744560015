import { CARRIAGE_RETURN, DIGIT_0, LOWER_A, SPACE, TAB, UPPER_A, isDigit } from './ascii';
import { allocate } from './memory';

/**
 * A run of bytes that somebody else owns: address and length in one number, so that it needs no object.
 *
 *   63      32 31       0
 *   | address |  length  |
 */
export type Slice = u64;

// @ts-ignore: decorator
@inline
export function slice(address: usize, length: u32): Slice {
  return ((<u64>address) << 32) | length;
}

// @ts-ignore: decorator
@inline
export function at(bytes: Slice): usize {
  return <usize>(bytes >> 32);
}

// @ts-ignore: decorator
@inline
export function len(bytes: Slice): u32 {
  return <u32>bytes;
}

/**
 * The bytes of an ASCII literal. The build makes a constant of it where it stands alone at the top of a file
 * (operator/artifact/static-text.ts); elsewhere the bytes are made here and never released.
 */
export function text(literal: string): Slice {
  const length = <u32>literal.length;
  const to = allocate(length);
  for (let i: u32 = 0; i < length; i++) store<u8>(to + i, literal.charCodeAt(i));
  return slice(to, length);
}

/**
 * Copies the bytes to a place that does not overlap them, and returns the address behind. V8 calls C for each
 * `memory.copy`, which costs too much for a name or a short value.
 */
export function copyBytes(to: usize, bytes: Slice): usize {
  const from = at(bytes);
  const size = len(bytes);
  if (size > 64) memory.copy(to, from, size);
  else if (size >= 8) {
    for (let i: u32 = 0; i < size - 8; i += 8) store<u64>(to + i, load<u64>(from + i));
    store<u64>(to + size - 8, load<u64>(from + size - 8));
  } else {
    for (let i: u32 = 0; i < size; i++) store<u8>(to + i, load<u8>(from + i));
  }
  return to + size;
}

/** The compiler puts a copy of `memory.compare` at each call, and the order does not matter here. */
export function equal(left: usize, right: usize, size: u32): bool {
  let i: u32 = 0;
  for (; i + 8 <= size; i += 8) {
    if (load<u64>(left + i) != load<u64>(right + i)) return false;
  }
  for (; i < size; i++) {
    if (load<u8>(left + i) != load<u8>(right + i)) return false;
  }
  return true;
}

export function same(left: Slice, right: Slice): bool {
  return len(left) == len(right) && equal(at(left), at(right), len(left));
}

export function startsWith(bytes: Slice, prefix: Slice): bool {
  return len(bytes) >= len(prefix) && equal(at(bytes), at(prefix), len(prefix));
}

export function endsWith(bytes: Slice, suffix: Slice): bool {
  if (len(bytes) < len(suffix)) return false;
  return equal(at(bytes) + len(bytes) - len(suffix), at(suffix), len(suffix));
}

/** Position of `byte` at or after `from`; the length if it does not occur. */
export function indexOf(bytes: Slice, byte: u32, from: u32): u32 {
  const length = len(bytes);
  for (let i = from; i < length; i++) {
    if (load<u8>(at(bytes) + i) == byte) return i;
  }
  return length;
}

export function part(bytes: Slice, from: u32, to: u32): Slice {
  return slice(at(bytes) + from, to - from);
}

// @ts-ignore: decorator
@inline
export function lower(byte: u32): u32 {
  return byte - UPPER_A < 26 ? byte | 32 : byte;
}

/** Makes the letters lower-case where they are. */
export function lowerInPlace(bytes: Slice): void {
  for (let i: u32 = 0; i < len(bytes); i++) store<u8>(at(bytes) + i, lower(load<u8>(at(bytes) + i)));
}

/** Position of `needle` at or after `from`, letters of either case alike; the length if it does not occur. `needle` is lower-case. */
export function indexOfLower(bytes: Slice, needle: Slice, from: u32): u32 {
  const size = len(needle);
  for (let i = from; i + size <= len(bytes); i++) {
    let k: u32 = 0;
    while (k < size && lower(load<u8>(at(bytes) + i + k)) == load<u8>(at(needle) + k)) k++;
    if (k == size) return i;
  }
  return len(bytes);
}

/** Whether `bytes` holds `needle`, letters of either case alike; `needle` is lower-case and not empty. */
export function containsLower(bytes: Slice, needle: Slice): bool {
  return indexOfLower(bytes, needle, 0) < len(bytes);
}

/** Whether the bytes are `name`, letters of either case alike; `name` is lower-case. */
export function sameLower(bytes: Slice, name: Slice): bool {
  return len(bytes) == len(name) && startsWithLower(bytes, name);
}

/** Whether the bytes begin with `prefix`, letters of either case alike; `prefix` is lower-case. */
export function startsWithLower(bytes: Slice, prefix: Slice): bool {
  const size = len(prefix);
  if (len(bytes) < size) return false;
  let i: u32 = 0;
  while (i < size && lower(load<u8>(at(bytes) + i)) == load<u8>(at(prefix) + i)) i++;
  return i == size;
}

/** Without blanks and tabs at both ends. */
export function trimBlanks(bytes: Slice): Slice {
  return trimSpaces(bytes, TAB);
}

/** Without blanks and line ends at both ends. */
export function trimLine(bytes: Slice): Slice {
  return trimSpaces(bytes, CARRIAGE_RETURN);
}

/** Without blanks, and control characters from tab to `controlMax`, at both ends. */
function trimSpaces(bytes: Slice, controlMax: u32): Slice {
  let from: u32 = 0;
  let to = len(bytes);
  while (from < to && isSpace(load<u8>(at(bytes) + from), controlMax)) from++;
  while (to > from && isSpace(load<u8>(at(bytes) + to - 1), controlMax)) to--;
  return part(bytes, from, to);
}

// @ts-ignore: decorator
@inline
function isSpace(byte: u32, controlMax: u32): bool {
  return byte == SPACE || (byte >= TAB && byte <= controlMax);
}

/** A decimal number of at most nine digits; -1 for anything else. */
export function parseDecimal(bytes: Slice): i32 {
  if (len(bytes) == 0 || len(bytes) > 9) return -1;
  let value: i32 = 0;
  for (let i: u32 = 0; i < len(bytes); i++) {
    const digit = <u32>load<u8>(at(bytes) + i) - DIGIT_0;
    if (digit > 9) return -1;
    value = value * 10 + digit;
  }
  return value;
}

/** The value of a hexadecimal digit of either case, -1 for anything else. */
export function hexDigit(byte: i32): i32 {
  if (isDigit(byte)) return byte - DIGIT_0;
  const letter = lower(byte) - LOWER_A;
  return letter < 6 ? letter + 10 : -1;
}
