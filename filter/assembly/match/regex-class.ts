// Character classes and escapes of regular expressions.
import {
  BACKSLASH,
  CARET,
  CARRIAGE_RETURN,
  CLOSE_BRACKET,
  COLON,
  DASH,
  FORM_FEED,
  LINE_FEED,
  LOWER_A,
  LOWER_D,
  LOWER_F,
  LOWER_N,
  LOWER_R,
  LOWER_S,
  LOWER_T,
  LOWER_V,
  LOWER_W,
  LOWER_X,
  OPEN_BRACKET,
  SPACE,
  TAB,
  UNDERSCORE,
  VERTICAL_TAB,
  isDigit,
  isLetter,
} from '../core/ascii';
import { reserve } from '../core/buffer';
import { at, len, lower, text, hexDigit } from '../core/bytes';
import { CLASS } from './automaton';
import {
  NONE,
  TOO_LARGE,
  classes,
  advance,
  reject,
  emit,
  ignoreCase,
  pattern,
  peek,
  place,
  problem,
  take,
} from './regex-source';

export const BAD_ESCAPE = text('unknown escape (back-references and \\b are not supported)');
const BAD_CLASS = text('bad character class');

/** One byte behind a backslash: punctuation stands for itself; NONE when unknown. */
export function escapedByte(): i32 {
  const byte = take();
  if (byte == LOWER_N) return LINE_FEED;
  if (byte == LOWER_R) return CARRIAGE_RETURN;
  if (byte == LOWER_T) return TAB;
  if (byte == LOWER_F) return FORM_FEED;
  if (byte == LOWER_V) return VERTICAL_TAB;
  if (byte == LOWER_X) {
    const high = hexDigit(take());
    const low = hexDigit(take());
    return high < 0 || low < 0 ? NONE : (high << 4) | low;
  }
  const isWord = byte == UNDERSCORE || isDigit(byte) || isLetter(byte);
  return byte == NONE || byte >= 128 || isWord ? NONE : byte;
}

export function newClass(): usize {
  const set = reserve(classes, 32);
  if (!set) {
    reject(TOO_LARGE);
    return 0;
  }
  memory.fill(set, 0, 32);
  emit(CLASS, 0, classes.length >> 5);
  classes.length += 32;
  return set;
}

export function isShorthand(letter: i32): bool {
  const small = <i32>lower(letter);
  return small == LOWER_D || small == LOWER_W || small == LOWER_S;
}

export function addShorthand(set: usize, letter: i32): void {
  const inverse = letter < <i32>LOWER_A;
  const small = lower(letter);
  // The complement cannot be taken in `set`, which may hold more already.
  for (let byte: u32 = 0; byte < 256; byte++) {
    const digit = isDigit(byte);
    const word = digit || byte == UNDERSCORE || isLetter(byte);
    const blank = byte == SPACE || (byte >= TAB && byte <= CARRIAGE_RETURN && byte != VERTICAL_TAB);
    const member = small == LOWER_D ? digit : small == LOWER_W ? word : blank;
    if (member != inverse) addRange(set, byte, byte);
  }
}

export function addRange(set: usize, from: u32, to: u32): void {
  for (let byte = from; byte <= to; byte++) {
    addOne(set, byte);
    const small = lower(byte);
    if (ignoreCase && isLetter(small)) {
      addOne(set, small);
      addOne(set, small - 32);
    }
  }
}

// @ts-ignore: decorator
@inline
function addOne(set: usize, byte: u32): void {
  const slot = set + (byte >> 3);
  store<u8>(slot, load<u8>(slot) | (<u8>((<u32>1) << (byte & 7))));
}

export function invert(set: usize): void {
  for (let i: usize = 0; i < 32; i += 8) store<u64>(set + i, ~load<u64>(set + i));
}

export function characterClass(): void {
  const set = newClass();
  if (!set) return;
  const negated = peek() == CARET;
  if (negated) advance(1);
  let first = true;
  while (!problem && (first || peek() != CLOSE_BRACKET)) {
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
  if (peek() != DASH || after == CLOSE_BRACKET) return addRange(set, from, from);
  advance(1);
  const to = classByte(set);
  if (to == NONE || to < from) return reject(BAD_CLASS);
  addRange(set, from, to);
}

/** One byte of a class; NONE after a shorthand, which is added here, or an error. */
function classByte(set: usize): i32 {
  const byte = take();
  if (byte == NONE || byte >= 128 || (byte == OPEN_BRACKET && peek() == COLON)) {
    advance(-1);
    reject(BAD_CLASS);
    return NONE;
  }
  if (byte != BACKSLASH) return byte;
  const letter = peek();
  if (isShorthand(letter)) {
    advance(1);
    addShorthand(set, letter);
    return NONE;
  }
  const escaped = escapedByte();
  if (escaped == NONE) reject(BAD_ESCAPE);
  return escaped;
}
