// A strict JSON reader (RFC 8259) that walks the text once and needs no tree. Errors name the path of the value.
import { Arena, take } from '../core/arena';
import { append, permanentBuffer, rewind } from '../core/buffer';
import { Slice, at, len, part, same, slice, text } from '../core/bytes';
import { badEscape, decodeEscapes } from './escapes';
import { appendDecimal } from '../core/decimal';
import { DEPTH_MAX, ITEM, MEMBER, appendPath, ascend, depth, descend, moveToItem, moveToMember, startPath } from './path';
import { closeMembers, noteMember, openMembers, startMembers } from './members';
import { isUtf8 } from '../core/utf8';

let json: Slice = 0;
let place: u32 = 0;
let arena: Arena = changetype<Arena>(0);

/** Key of the member that `nextKey` found. */
export let key: Slice = 0;
export let failed: bool = false;
/** `path: what is wrong`, when something is. */
export const complaint = permanentBuffer();

let first: bool = true;

export const EXPECTED_OBJECT = text('expected an object');
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
  rewind(complaint);
}

/** Refuses the configuration because of the current value; the first complaint stands. */
export function refuse(what: Slice): void {
  if (failed) return;
  failed = true;
  if (depth == 0) append(complaint, at(ROOT), len(ROOT));
  appendPath(complaint);
  append(complaint, at(SEPARATOR), len(SEPARATOR));
  append(complaint, at(what), len(what));
}

export function refuseKey(): void {
  refuse(UNKNOWN_KEY);
}

function refuseSyntax(): void {
  if (failed) return;
  refuse(SYNTAX);
  appendDecimal(complaint, place);
}

function peek(): u32 {
  return place < len(json) ? <u32>load<u8>(at(json) + place) : 0;
}

function skipBlanks(): void {
  while (place < len(json)) {
    const byte = peek();
    if (byte != 32 && byte != 10 && byte != 13 && byte != 9) return;
    place++;
  }
}

/** Enters an object; then `nextKey` until it says no. */
export function openObject(): bool {
  return open(123, MEMBER, EXPECTED_OBJECT);
}

/** Enters an array; then `nextItem` until it says no. */
export function openArray(): bool {
  return open(91, ITEM, EXPECTED_ARRAY);
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
  if (!next(125)) return false;
  if (peek() != 34) refuseSyntax();
  key = readText();
  moveToMember(key);
  skipBlanks();
  if (peek() != 58) refuseSyntax();
  place++;
  return !failed;
}

/** Moves to the next item; false, having left the array, at its end or after an error. */
export function nextItem(): bool {
  if (!next(93)) return false;
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
    if (peek() != 44) refuseSyntax();
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
  if (peek() != 34) refuse(EXPECTED_STRING);
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
  const isWhole = peek() != 46 && (peek() | 32) != 101;
  if (!isWhole || value < least || value > most) refuse(EXPECTED_INTEGER);
  return <u32>value;
}

/** A number from 0 to 1, in digits: an exponent has no use here. */
export function readRatio(): f64 {
  skipBlanks();
  let value = <f64>takeWhole();
  if (peek() == 46) {
    const start = ++place;
    let unit: f64 = 1;
    let fraction: f64 = 0;
    while (peek() - 48 < 10) {
      fraction = fraction * 10 + <f64>(peek() - 48);
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
  while (peek() - 48 < 10 && place - start < 11) {
    value = value * 10 + (peek() - 48);
    place++;
  }
  const digits = place - start;
  const leadsWithZero = digits > 1 && load<u8>(at(json) + start) == 48;
  return digits == 0 || leadsWithZero ? u64.MAX_VALUE : value;
}

/** Passes over any value, however deep. */
export function skipValue(): void {
  let nesting: u32 = 0;
  while (!failed) {
    skipBlanks();
    const byte = peek();
    if (place >= len(json)) return refuseSyntax();
    if (byte == 34) readText();
    else if (byte == 123 || byte == 91) {
      nesting++;
      place++;
      continue;
    } else if (byte == 125 || byte == 93) {
      if (nesting == 0) return refuseSyntax();
      nesting--;
      place++;
    } else if (byte == 44 || byte == 58) {
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
  return byte - 48 < 10 || (byte | 32) - 97 < 26 || byte == 43 || byte == 45 || byte == 46;
}

/** The string at the cursor: its bytes in the text, or decoded in the arena when there are escapes. */
function readText(): Slice {
  if (failed) return 0;
  place++;
  const start = place;
  let escapes = false;
  while (place < len(json) && peek() != 34) {
    if (peek() < 32) break;
    if (peek() == 92) {
      escapes = true;
      place++;
    }
    place++;
  }
  if (place >= len(json) || peek() != 34) {
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
