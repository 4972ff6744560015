// Whether text that is not parsed holds a JSON member that is to be redacted: event streams, scripts in pages, JSON in a string of
// JSON. What is looked for is a name between two quotes that follow each other, and a colon: so it does not matter where strings
// begin and end, and which level of strings within strings a quote belongs to.
import {
  BACKSLASH,
  COLON,
  LOWER_N,
  LOWER_R,
  LOWER_T,
  LOWER_U,
  QUESTION_MARK,
  QUOTE,
  SPACE,
} from '../core/ascii';
import { Buffer, append, permanentBuffer, rewind, trim, wholeOf } from '../core/buffer';
import { Slice, at, indexOf, len, part } from '../core/bytes';
import { Names, hasName } from '../core/names';
import { badEscape, decodeEscapes } from '../json/escapes';

const decoded = permanentBuffer();

// Backslashes double with each level of strings within strings: nobody writes more.
const LEVELS_MAX: u32 = 8;

/** Whether text, or a string in it at any level, holds a member with one of the names; true as well where memory is short. */
export function holdsMember(text: Slice, names: Names): bool {
  return hasMember(text, names) || hidesMember(text, names);
}

/** The same for what escapes hide: text without them hides nothing. */
export function hidesMember(text: Slice, names: Names): bool {
  if (indexOf(text, BACKSLASH, 0) == len(text)) return false;
  rewind(decoded);
  append(decoded, at(text), len(text));
  let found = decoded.failed;
  for (let level: u32 = 0; !found && indexOf(wholeOf(decoded), BACKSLASH, 0) < decoded.length; level++) {
    decodeLevel(decoded);
    found = level == LEVELS_MAX || hasMember(wholeOf(decoded), names);
  }
  trim(decoded);
  return found;
}

function hasMember(text: Slice, names: Names): bool {
  let open = indexOf(text, QUOTE, 0);
  while (open < len(text)) {
    const close = indexOf(text, QUOTE, open + 1);
    let colon = close + 1;
    while (colon < len(text) && load<u8>(at(text) + colon) <= SPACE) colon++;
    const isName = colon < len(text) && load<u8>(at(text) + colon) == COLON;
    if (isName && hasName(names, part(text, open + 1, close))) return true;
    open = close;
  }
  return false;
}

/** Takes one level of escapes away where they are. What is not an escape stays, but for its backslash. */
function decodeLevel(text: Buffer): void {
  const end = text.length;
  let to = text.data;
  let i: u32 = 0;
  while (i < end) {
    const byte = <u32>load<u8>(text.data + i++);
    if (byte != BACKSLASH) {
      store<u8>(to++, byte);
      continue;
    }
    if (i == end) break;
    const letter = <u32>load<u8>(text.data + i);
    if (letter == LOWER_U) {
      const size = sizeOfEscape(text, i - 1, to);
      if (!size) store<u8>(to, QUESTION_MARK);
      to += escapedBytes;
      i += max(size, 2) - 1;
      continue;
    }
    i++;
    store<u8>(to++, letter == LOWER_N || letter == LOWER_R || letter == LOWER_T ? SPACE : letter);
  }
  text.length = <u32>(to - text.data);
}

let escapedBytes: u32 = 1;

/** Decodes the `\u` escape, or the pair of them, at `from`; the bytes of the escape, 0 when it is not valid. */
function sizeOfEscape(text: Buffer, from: u32, to: usize): u32 {
  for (let size: u32 = 6; size <= 12 && from + size <= text.length; size += 6) {
    const character = decodeEscapes(part(wholeOf(text), from, from + size), to);
    escapedBytes = len(character);
    if (!badEscape) return size;
  }
  escapedBytes = 1;
  return 0;
}
