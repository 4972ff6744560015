// Escapes in JSON strings (RFC 8259, section 7).
import {
  BACKSLASH,
  BACKSPACE,
  CARRIAGE_RETURN,
  FORM_FEED,
  LINE_FEED,
  LOWER_B,
  LOWER_F,
  LOWER_N,
  LOWER_R,
  LOWER_T,
  LOWER_U,
  QUOTE,
  SLASH,
  TAB,
} from '../core/ascii';
import { Slice, at, len, slice, hexDigit } from '../core/bytes';

/** Set by `decodeEscapes` when an escape is not one of RFC 8259. */
export let badEscape: bool = false;

/** Decodes a string without its quotes to where `start` is; what comes out is never longer. */
export function decodeEscapes(raw: Slice, start: usize): Slice {
  badEscape = false;
  let to = start;
  let i: u32 = 0;
  while (i < len(raw)) {
    const byte = <u32>load<u8>(at(raw) + i++);
    if (byte != BACKSLASH) {
      store<u8>(to++, byte);
      continue;
    }
    const letter = <u32>load<u8>(at(raw) + i++);
    if (letter == LOWER_U) {
      const unit = fourDigits(raw, i);
      i += 4;
      to = putCharacter(to, pairWithNext(raw, i, unit));
      if (unit >= 0xd800 && unit < 0xdc00) i += 6;
    } else store<u8>(to++, plainEscape(letter));
    if (badEscape) return 0;
  }
  return slice(start, <u32>(to - start));
}

function plainEscape(letter: u32): u32 {
  if (letter == QUOTE || letter == BACKSLASH || letter == SLASH) return letter;
  if (letter == LOWER_B) return BACKSPACE;
  if (letter == LOWER_F) return FORM_FEED;
  if (letter == LOWER_N) return LINE_FEED;
  if (letter == LOWER_R) return CARRIAGE_RETURN;
  if (letter != LOWER_T) badEscape = true;
  return TAB;
}

function fourDigits(raw: Slice, from: u32): u32 {
  let value: u32 = 0;
  for (let i = from; i < from + 4; i++) {
    const digit = i < len(raw) ? hexDigit(load<u8>(at(raw) + i)) : -1;
    if (digit < 0) badEscape = true;
    value = (value << 4) | (digit & 15);
  }
  return value;
}

/** The character of a code unit and, when it is the first half of a pair, the unit behind it. */
function pairWithNext(raw: Slice, from: u32, unit: u32): u32 {
  if (unit < 0xd800 || unit > 0xdfff) return unit;
  const isPair =
    unit < 0xdc00 &&
    from + 6 <= len(raw) &&
    load<u8>(at(raw) + from) == BACKSLASH &&
    load<u8>(at(raw) + from + 1) == LOWER_U;
  const low = isPair ? fourDigits(raw, from + 2) : 0;
  if (low < 0xdc00 || low > 0xdfff) badEscape = true;
  return 0x10000 + ((unit - 0xd800) << 10) + (low - 0xdc00);
}

/** UTF-8 is never longer than the escape it comes from: the decoded text fits in its own room. */
function putCharacter(to: usize, character: u32): usize {
  if (character < 0x80) {
    store<u8>(to, character);
    return to + 1;
  }
  if (character < 0x800) {
    store<u8>(to, 0xc0 | (character >> 6));
    store<u8>(to, 0x80 | (character & 63), 1);
    return to + 2;
  }
  if (character < 0x10000) {
    store<u8>(to, 0xe0 | (character >> 12));
    store<u8>(to, 0x80 | ((character >> 6) & 63), 1);
    store<u8>(to, 0x80 | (character & 63), 2);
    return to + 3;
  }
  store<u8>(to, 0xf0 | (character >> 18));
  store<u8>(to, 0x80 | ((character >> 12) & 63), 1);
  store<u8>(to, 0x80 | ((character >> 6) & 63), 2);
  store<u8>(to, 0x80 | (character & 63), 3);
  return to + 4;
}
