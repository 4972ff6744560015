// Character classes and escapes of regular expressions.
import { CLASS } from './automaton';
import { reserve } from '../core/buffer';
import { at, len, lower, text, hexDigit } from '../core/bytes';
import { NONE, TOO_LARGE, classes, advance, complain, emit, ignoreCase, pattern, peek, place, problem, take } from './regex-source';

export const BAD_ESCAPE = text('unknown escape (back-references and \\b are not supported)');
const BAD_CLASS = text('bad character class');

/** One byte behind a backslash: punctuation stands for itself; NONE when unknown. */
export function escapedByte(): i32 {
  const byte = take();
  if (byte == 110) return 10;
  if (byte == 114) return 13;
  if (byte == 116) return 9;
  if (byte == 102) return 12;
  if (byte == 118) return 11;
  if (byte == 120) {
    const high = hexDigit(take());
    const low = hexDigit(take());
    return high < 0 || low < 0 ? NONE : (high << 4) | low;
  }
  const isWord = byte == 95 || (byte >= 48 && byte <= 57) || lower(byte) - 97 < 26;
  return byte == NONE || byte >= 128 || isWord ? NONE : byte;
}

export function newClass(): usize {
  const set = reserve(classes, 32);
  if (!set) {
    complain(TOO_LARGE);
    return 0;
  }
  memory.fill(set, 0, 32);
  emit(CLASS, 0, classes.length >> 5);
  classes.length += 32;
  return set;
}

export function isShorthand(letter: i32): bool {
  const small = <i32>lower(letter);
  return small == 100 || small == 119 || small == 115;
}

export function addShorthand(set: usize, letter: i32): void {
  const inverse = letter < 97;
  const small = lower(letter);
  // The complement cannot be taken in `set`, which may hold more already.
  for (let byte: u32 = 0; byte < 256; byte++) {
    const digit = byte - 48 < 10;
    const word = digit || byte == 95 || lower(byte) - 97 < 26;
    const blank = byte == 32 || (byte >= 9 && byte <= 13 && byte != 11);
    const member = small == 100 ? digit : small == 119 ? word : blank;
    if (member != inverse) addRange(set, byte, byte);
  }
}

export function addRange(set: usize, from: u32, to: u32): void {
  for (let byte = from; byte <= to; byte++) {
    addOne(set, byte);
    const small = lower(byte);
    if (ignoreCase && small - 97 < 26) {
      addOne(set, small);
      addOne(set, small - 32);
    }
  }
}

// @ts-ignore: decorator
@inline
function addOne(set: usize, byte: u32): void {
  const slot = set + (byte >> 3);
  store<u8>(slot, load<u8>(slot) | <u8>(<u32>1 << (byte & 7)));
}

export function invert(set: usize): void {
  for (let i: usize = 0; i < 32; i += 8) store<u64>(set + i, ~load<u64>(set + i));
}

export function characterClass(): void {
  const set = newClass();
  if (!set) return;
  const negated = peek() == 94;
  if (negated) advance(1);
  let first = true;
  while (!problem && (first || peek() != 93)) {
    first = false;
    classMember(set);
  }
  advance(1);
  if (negated) invert(set);
}

function classMember(set: usize): void {
  const from = classByte(set);
  if (from == NONE) return;
  const after = place + 1 < len(pattern) ? <i32>load<u8>(at(pattern) + place + 1) : NONE;
  if (peek() != 45 || after == 93) return addRange(set, from, from);
  advance(1);
  const to = classByte(set);
  if (to == NONE || to < from) return complain(BAD_CLASS);
  addRange(set, from, to);
}

/** One byte of a class; NONE when it was a shorthand, which is added at once, or an error. */
function classByte(set: usize): i32 {
  const byte = take();
  if (byte == NONE || byte >= 128 || (byte == 91 && peek() == 58)) {
    advance(-1);
    complain(BAD_CLASS);
    return NONE;
  }
  if (byte != 92) return byte;
  const letter = peek();
  if (isShorthand(letter)) {
    advance(1);
    addShorthand(set, letter);
    return NONE;
  }
  const escaped = escapedByte();
  if (escaped == NONE) complain(BAD_ESCAPE);
  return escaped;
}
