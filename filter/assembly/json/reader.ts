// A strict JSON reader (RFC 8259) that walks the text once and needs no tree. Errors name the path of the value.
import { Arena, take } from '../core/arena';
import {
  BACKSLASH,
  CARRIAGE_RETURN,
  CLOSE_BRACE,
  CLOSE_BRACKET,
  COLON,
  COMMA,
  DASH,
  DIGIT_0,
  DOT,
  LINE_FEED,
  LOWER_E,
  OPEN_BRACE,
  OPEN_BRACKET,
  PLUS,
  QUOTE,
  SPACE,
  TAB,
  isDigit,
  isLetter,
} from '../core/ascii';
import { append, permanentBuffer, rewind } from '../core/buffer';
import { Slice, at, len, part, same, slice, text, lower } from '../core/bytes';
import { appendDecimal } from '../core/decimal';
import { isUtf8 } from '../core/utf8';
import { badEscape, decodeEscapes } from './escapes';
import { closeMembers, noteMember, openMembers, startMembers } from './members';
import {
  DEPTH_MAX,
  ITEM,
  MEMBER,
  appendPath,
  ascend,
  depth,
  descend,
  moveToItem,
  moveToMember,
  startPath,
} from './path';

let json: Slice = 0;
let place: u32 = 0;
let arena: Arena = changetype<Arena>(0);

/** Key of the member that `nextKey` found. */
let key: Slice = 0;
export let failed: bool = false;
/** `path: what is wrong`, when something is. */
export const refusal = permanentBuffer();

let first: bool = true;

const EXPECTED_OBJECT = text('expected an object');
const EXPECTED_ARRAY = text('expected an array');
const EXPECTED_STRING = text('expected a string');
const EXPECTED_BOOLEAN = text('expected true or false');
const EXPECTED_INTEGER = text('expected a whole number in range');
const EXPECTED_RATIO = text('expected a number from 0 to 1');
const SYNTAX = text('not JSON at byte ');
const TOO_DEEP = text('nested too deep');
const NO_MEMORY = text('configuration too large');
const UNKNOWN_KEY = text('unknown key');
const REPEATED_KEY = text('repeated key');
const TRUE = text('true');
const FALSE = text('false');
const SEPARATOR = text(': ');
const ROOT = text('configuration');

/** Starts reading; strings are kept in `store`. */
export function openJson(bytes: Slice, memory: Arena): void {
  json = bytes;
  place = 0;
  arena = memory;
  startPath();
  startMembers();
  failed = false;
  first = true;
  rewind(refusal);
}

/** Refuses the configuration because of the current value; the first refusal stands. */
export function refuse(what: Slice): void {
  if (failed) return;
  failed = true;
  if (depth == 0) append(refusal, at(ROOT), len(ROOT));
  appendPath(refusal);
  append(refusal, at(SEPARATOR), len(SEPARATOR));
  append(refusal, at(what), len(what));
}

export function refuseKey(): void {
  refuse(UNKNOWN_KEY);
}

function refuseSyntax(): void {
  if (failed) return;
  refuse(SYNTAX);
  appendDecimal(refusal, place);
}

function peek(): u32 {
  return place < len(json) ? <u32>load<u8>(at(json) + place) : 0;
}

function skipBlanks(): void {
  while (place < len(json)) {
    const byte = peek();
    if (byte != SPACE && byte != LINE_FEED && byte != CARRIAGE_RETURN && byte != TAB) return;
    place++;
  }
}

/** Enters an object; call `nextKey` until it returns false. */
export function openObject(): bool {
  return open(OPEN_BRACE, MEMBER, EXPECTED_OBJECT);
}

/** Enters an array; call `nextItem` until it returns false. */
export function openArray(): bool {
  return open(OPEN_BRACKET, ITEM, EXPECTED_ARRAY);
}

function open(bracket: u32, kind: u32, expected: Slice): bool {
  skipBlanks();
  if (peek() != bracket) {
    if (place >= len(json)) refuseSyntax();
    refuse(expected);
    return false;
  }
  place++;
  if (depth == DEPTH_MAX) refuse(TOO_DEEP);
  if (failed) return false;
  descend(kind);
  openMembers();
  first = true;
  return true;
}

/** Moves to the next member and its `key`; false, having left the object, at its end or after an error. */
export function nextKey(): bool {
  if (!next(CLOSE_BRACE)) return false;
  if (peek() != QUOTE) refuseSyntax();
  key = readText();
  moveToMember(key);
  skipBlanks();
  if (peek() != COLON) refuseSyntax();
  place++;
  return !failed;
}

/** Moves to the next item; false, having left the array, at its end or after an error. */
export function nextItem(): bool {
  if (!next(CLOSE_BRACKET)) return false;
  moveToItem();
  return !failed;
}

function next(close: u32): bool {
  if (failed) return false;
  skipBlanks();
  if (peek() == close) {
    place++;
    ascend();
    closeMembers();
    first = false;
    return false;
  }
  if (!first) {
    if (peek() != COMMA) refuseSyntax();
    place++;
    skipBlanks();
  }
  first = false;
  return !failed;
}

/** Whether the member just found is called so; asked once for each member and name. */
export function isKey(name: Slice): bool {
  if (!same(key, name)) return false;
  if (!noteMember(name)) refuse(REPEATED_KEY);
  return true;
}

/** Whether nothing but blanks follows. */
export function closeJson(): bool {
  skipBlanks();
  if (!failed && place != len(json)) refuseSyntax();
  return !failed;
}

export function readString(): Slice {
  skipBlanks();
  if (peek() != QUOTE) refuse(EXPECTED_STRING);
  return failed ? 0 : readText();
}

export function readBoolean(): bool {
  skipBlanks();
  if (takeWord(TRUE)) return true;
  if (!takeWord(FALSE)) refuse(EXPECTED_BOOLEAN);
  return false;
}

function takeWord(word: Slice): bool {
  const end = place + len(word);
  if (end > len(json) || !same(part(json, place, end), word)) return false;
  place = end;
  return true;
}

export function readInteger(least: u32, most: u32): u32 {
  skipBlanks();
  const value = takeWhole();
  const isWhole = peek() != DOT && lower(peek()) != LOWER_E;
  if (!isWhole || value < least || value > most) refuse(EXPECTED_INTEGER);
  return <u32>value;
}

/** A number from 0 to 1, in digits: an exponent has no use here. */
export function readRatio(): f64 {
  skipBlanks();
  let value = <f64>takeWhole();
  if (peek() == DOT) {
    const start = ++place;
    let unit: f64 = 1;
    let fraction: f64 = 0;
    while (isDigit(peek())) {
      fraction = fraction * 10 + <f64>(peek() - DIGIT_0);
      unit *= 10;
      place++;
    }
    value = place > start ? value + fraction / unit : NaN;
  }
  if (!(value <= 1)) refuse(EXPECTED_RATIO);
  return value;
}

/** The digits at the cursor; above any range when there are none or a zero leads others (RFC 8259, section 6). */
function takeWhole(): u64 {
  const start = place;
  let value: u64 = 0;
  while (isDigit(peek()) && place - start < 11) {
    value = value * 10 + (peek() - DIGIT_0);
    place++;
  }
  const digits = place - start;
  const leadsWithZero = digits > 1 && load<u8>(at(json) + start) == DIGIT_0;
  return digits == 0 || leadsWithZero ? u64.MAX_VALUE : value;
}

/** Passes over any value, however deep. */
export function skipValue(): void {
  let nesting: u32 = 0;
  while (!failed) {
    skipBlanks();
    const byte = peek();
    if (place >= len(json)) return refuseSyntax();
    if (byte == QUOTE) readText();
    else if (byte == OPEN_BRACE || byte == OPEN_BRACKET) {
      nesting++;
      place++;
      continue;
    } else if (byte == CLOSE_BRACE || byte == CLOSE_BRACKET) {
      if (nesting == 0) return refuseSyntax();
      nesting--;
      place++;
    } else if (byte == COMMA || byte == COLON) {
      if (nesting == 0) return refuseSyntax();
      place++;
      continue;
    } else skipWord();
    if (nesting == 0) return;
  }
}

function skipWord(): void {
  const start = place;
  while (isWordByte(peek())) place++;
  if (place == start) refuseSyntax();
}

function isWordByte(byte: u32): bool {
  return isDigit(byte) || isLetter(byte) || byte == PLUS || byte == DASH || byte == DOT;
}

/** The string at the cursor: its bytes in the text, or decoded in the arena when there are escapes. */
function readText(): Slice {
  if (failed) return 0;
  place++;
  const start = place;
  let escapes = false;
  while (place < len(json) && peek() != QUOTE) {
    if (peek() < SPACE) break;
    if (peek() == BACKSLASH) {
      escapes = true;
      place++;
    }
    place++;
  }
  if (place >= len(json) || peek() != QUOTE) {
    refuseSyntax();
    return 0;
  }
  const raw = part(json, start, place);
  place++;
  if (!isUtf8(raw)) refuseSyntax();
  return escapes ? decode(raw) : keep(raw);
}

function keep(raw: Slice): Slice {
  const copy = take(arena, len(raw));
  if (!copy) {
    refuse(NO_MEMORY);
    return 0;
  }
  memory.copy(copy, at(raw), len(raw));
  return slice(copy, len(raw));
}

function decode(raw: Slice): Slice {
  const copy = keep(raw);
  if (!copy) return 0;
  const decoded = decodeEscapes(raw, at(copy));
  if (badEscape) refuseSyntax();
  return decoded;
}
