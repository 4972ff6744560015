// Replaces the values of named members in JSON text, at any depth, without a tree: one pass over the bytes, which may be
// cut anywhere. A string that is followed by a colon is a name; its value is whatever comes behind.
//
// Text that is not JSON may hide a name from this. It is recognised by what stands outside of strings: where one quote too
// many swaps inside and outside, the letters of a name follow directly behind a string. Such text is `malformed`.
import {
  BACKSLASH,
  CARRIAGE_RETURN,
  CLOSE_BRACE,
  CLOSE_BRACKET,
  COLON,
  COMMA,
  DASH,
  DOT,
  LINE_FEED,
  OPEN_BRACE,
  OPEN_BRACKET,
  PLUS,
  QUOTE,
  SPACE,
  isDigit,
  isLetter,
} from '../core/ascii';
import { Buffer, append, appendByte, permanentBuffer, reserve, rewind, trim, wholeOf } from '../core/buffer';
import { Slice, at, indexOf, len, part } from '../core/bytes';
import { Names, hasName } from '../core/names';
import { badEscape, decodeEscapes } from '../json/escapes';
import { hidesMember } from './json-secrets';
import { markerOf } from './marker';

const output = permanentBuffer();
const name = permanentBuffer();

/** Set by `redactJson` when a name may have been overlooked. */
export let malformed: bool = false;

// What may come next: a name or a value; a value, behind a colon; a comma or a bracket.
const ITEM: u32 = 0;
const VALUE: u32 = 1;
const BEHIND: u32 = 2;

let next: u32 = ITEM;

/** False when memory is short. */
export function redactJson(body: Buffer, names: Names): bool {
  const json = wholeOf(body);
  rewind(output);
  malformed = false;
  next = ITEM;
  let kept: u32 = 0;
  let place = markSize(json);
  while (place < len(json)) {
    if (byteAt(json, place) != QUOTE) {
      place = passOutside(json, place);
      continue;
    }
    const end = endOfString(json, place);
    const colon = skipBlanks(json, end);
    const isName = byteAt(json, colon) == COLON;
    expect(isName ? ITEM : VALUE);
    next = isName ? VALUE : BEHIND;
    const inside = part(json, place + 1, max(end - 1, place + 1));
    if (isName ? !isSecretName(names, inside) : !hidesMember(inside, names)) {
      place = isName ? colon + 1 : end;
      continue;
    }
    // Of a string that holds JSON with such a member, all of it goes.
    const value = isName ? skipBlanks(json, colon + 1) : place;
    place = isName ? endOfValue(json, value) : end;
    if (place == value && place < len(json)) malformed = true;
    append(output, at(json) + kept, value - kept);
    const marker = markerOf(part(json, value, place));
    appendByte(output, QUOTE);
    append(output, at(marker), len(marker));
    appendByte(output, QUOTE);
    kept = place;
    next = BEHIND;
  }
  if (kept == 0) return true;
  append(output, at(json) + kept, len(json) - kept);
  body.length = 0;
  if (!output.failed) append(body, output.data, output.length);
  const done = !output.failed && !body.failed;
  trim(output);
  return done;
}

/** The length of a UTF-8 byte-order mark at the beginning. */
function markSize(json: Slice): u32 {
  return byteAt(json, 0) == 0xef && byteAt(json, 1) == 0xbb && byteAt(json, 2) == 0xbf ? 3 : 0;
}

/** A name may stand where an item may, a value where an item or a value may. */
function expect(kind: u32): void {
  if (next > kind) malformed = true;
}

/** Passes a byte that stands outside of strings, or a number or word of them. */
function passOutside(json: Slice, place: u32): u32 {
  const byte = byteAt(json, place);
  if (byte == COMMA || byte == OPEN_BRACE || byte == OPEN_BRACKET) next = ITEM;
  else if (byte == CLOSE_BRACE || byte == CLOSE_BRACKET) next = BEHIND;
  else if (isWordByte(byte)) {
    expect(VALUE);
    next = BEHIND;
    while (isWordByte(byteAt(json, place + 1))) place++;
    // UTF-16 and UTF-32 have NULs.
  } else if (byte > SPACE || byte == 0) malformed = true;
  return place + 1;
}

// Of numbers, and of true, false, null and what else some writers put there, such as NaN.
function isWordByte(byte: u32): bool {
  return isDigit(byte) || isLetter(byte) || byte == PLUS || byte == DASH || byte == DOT;
}

// @ts-ignore: decorator
@inline
function byteAt(json: Slice, place: u32): u32 {
  return place < len(json) ? <u32>load<u8>(at(json) + place) : 0;
}

function skipBlanks(json: Slice, from: u32): u32 {
  let place = from;
  while (place < len(json) && byteAt(json, place) <= SPACE) place++;
  return place;
}

/** Behind the closing quote of the string that opens at `from`; a string that was cut ends with the text. */
function endOfString(json: Slice, from: u32): u32 {
  let place = from + 1;
  while (place < len(json)) {
    const byte = byteAt(json, place);
    if (byte == QUOTE) return place + 1;
    place += byte == BACKSLASH ? 2 : 1;
  }
  return len(json);
}

/** Behind the value that starts at `from`. Depth is counted: a deep value costs no stack. */
function endOfValue(json: Slice, from: u32): u32 {
  let place = from;
  let end = from;
  let depth: u32 = 0;
  while (place < len(json)) {
    const byte = byteAt(json, place);
    if (byte == QUOTE) {
      place = end = endOfString(json, place);
      if (depth == 0) return place;
      continue;
    }
    const closes = byte == CLOSE_BRACE || byte == CLOSE_BRACKET;
    // A value without quotes may hold blanks when the text is not JSON; those at its end are no part of it.
    if (depth == 0 && (byte == COMMA || byte == LINE_FEED || byte == CARRIAGE_RETURN || closes)) return end;
    place++;
    if (byte > SPACE) end = place;
    if (byte == OPEN_BRACE || byte == OPEN_BRACKET) depth++;
    else if (closes && --depth == 0) return place;
  }
  return place;
}

/** Whether the name, without its escapes, is one of the names, or cannot be decoded. */
function isSecretName(names: Names, raw: Slice): bool {
  if (indexOf(raw, BACKSLASH, 0) == len(raw)) return hasName(names, raw);
  rewind(name);
  const to = reserve(name, len(raw));
  const isSecret = !to || hasName(names, decodeEscapes(raw, to)) || badEscape;
  trim(name);
  return isSecret;
}
