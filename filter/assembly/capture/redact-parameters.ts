// Replaces the values of named parameters in queries, fragments and forms (capture/marker.ts).
import {
  AMPERSAND,
  CLOSE_BRACKET,
  DOT,
  EQUALS,
  HASH,
  OPEN_BRACKET,
  PERCENT,
  QUESTION_MARK,
  SEMICOLON,
} from '../core/ascii';
import { append, appendByte, permanentBuffer, rewind, trim, wholeOf } from '../core/buffer';
import { Slice, at, hexDigit, indexOf, len, part } from '../core/bytes';
import { Names, hasName, isEmpty } from '../core/names';
import { markerOf } from './marker';

const decoded = permanentBuffer();
const rewritten = permanentBuffer();

/**
 * The parameters of a query or form, `from` the given position, with the values of the given names replaced. Valid
 * until the next call or `trimRedacted`; 0 when memory is short.
 */
export function redactParameters(bytes: Slice, from: u32, names: Names): Slice {
  if (from >= len(bytes) || isEmpty(names)) return bytes;
  rewind(rewritten);
  append(rewritten, at(bytes), from);
  let start = from;
  while (start < len(bytes)) {
    const end = endOfParameter(bytes, start);
    const equals = indexOf(part(bytes, 0, end), EQUALS, start);
    const isSecret = equals < end && isSecretParameter(names, part(bytes, start, equals));
    const kept = isSecret ? equals + 1 : end;
    append(rewritten, at(bytes) + start, kept - start);
    // Only & ends every value: to many a server, ; # and ? are part of it.
    const next = isSecret ? indexOf(bytes, AMPERSAND, kept) : end;
    if (isSecret) {
      const marker = markerOf(part(bytes, kept, next));
      append(rewritten, at(marker), len(marker));
    }
    if (next < len(bytes)) appendByte(rewritten, load<u8>(at(bytes) + next));
    start = next + 1;
  }
  return rewritten.failed ? 0 : wholeOf(rewritten);
}

/** Gives back what `redactParameters` took for a long text. */
export function trimRedacted(): void {
  trim(rewritten);
}

// A name may also begin behind the other signs that part parameters, in a fragment, or in a URL that is a value itself.
function endOfParameter(bytes: Slice, from: u32): u32 {
  for (let i = from; i < len(bytes); i++) {
    const byte = load<u8>(at(bytes) + i);
    if (byte == AMPERSAND || byte == SEMICOLON || byte == HASH || byte == QUESTION_MARK) return i;
  }
  return len(bytes);
}

/** Whether the name, or a part of one such as `user[token]`, is one of them, or cannot be decoded. */
export function isSecretParameter(names: Names, name: Slice): bool {
  const plain = decodePercents(name);
  if (!plain) return true;
  const isSecret = hasName(names, plain) || hasSecretPart(names, plain);
  trim(decoded);
  return isSecret;
}

/** `token[]`, `user[token]`, `user.token`: frameworks make lists and objects of such names. */
function hasSecretPart(names: Names, name: Slice): bool {
  let start: u32 = 0;
  for (let i: u32 = 0; i <= len(name); i++) {
    const byte = i < len(name) ? <u32>load<u8>(at(name) + i) : 0;
    if (i < len(name) && byte != OPEN_BRACKET && byte != CLOSE_BRACKET && byte != DOT) continue;
    // The whole name has been looked for before.
    if (i > start && i - start < len(name) && hasName(names, part(name, start, i))) return true;
    start = i + 1;
  }
  return false;
}

/** The name without percent signs (`%74oken` is `token`); 0 when memory is short. */
function decodePercents(name: Slice): Slice {
  if (indexOf(name, PERCENT, 0) == len(name)) return name;
  rewind(decoded);
  let i: u32 = 0;
  while (i < len(name)) {
    let byte = <i32>load<u8>(at(name) + i++);
    if (byte == PERCENT && i + 1 < len(name)) {
      const high = hexDigit(load<u8>(at(name) + i));
      const low = hexDigit(load<u8>(at(name) + i + 1));
      if (high >= 0 && low >= 0) {
        byte = (high << 4) | low;
        i += 2;
      }
    }
    appendByte(decoded, byte);
  }
  return decoded.failed ? 0 : wholeOf(decoded);
}
