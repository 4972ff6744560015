// Replaces the values of named members in JSON text, at any depth, without a tree: one pass over the bytes, which need
// not be whole or valid. A string that is followed by a colon is a name; its value is whatever comes behind.
import { Buffer, append, appendByte, permanentBuffer, rewind, trim } from './buffer';
import { Slice, at, indexOf, len, part } from './bytes';
import { wholeOf } from './abi';
import { hexDigit } from './regex-class';
import { Names, hasName } from './names';

const output = permanentBuffer();
const name = permanentBuffer();

/** False when memory is short. */
export function redactJson(body: Buffer, names: Names, marker: Slice): bool {
  const json = wholeOf(body);
  rewind(output);
  let kept: u32 = 0;
  let place: u32 = 0;
  while (place < len(json)) {
    if (byteAt(json, place) != 34) {
      place++;
      continue;
    }
    const end = endOfString(json, place);
    const colon = skipBlanks(json, end);
    if (byteAt(json, colon) != 58 || !hasName(names, unescape(part(json, place + 1, end - 1)))) {
      place = end;
      continue;
    }
    const value = skipBlanks(json, colon + 1);
    append(output, at(json) + kept, value - kept);
    appendByte(output, 34);
    append(output, at(marker), len(marker));
    appendByte(output, 34);
    kept = place = endOfValue(json, value);
  }
  if (kept == 0) return true;
  append(output, at(json) + kept, len(json) - kept);
  body.length = 0;
  if (!output.failed) append(body, output.data, output.length);
  const done = !output.failed && !body.failed;
  trim(output);
  return done;
}

// @ts-ignore: decorator
@inline
function byteAt(json: Slice, place: u32): u32 {
  return place < len(json) ? <u32>load<u8>(at(json) + place) : 0;
}

function skipBlanks(json: Slice, from: u32): u32 {
  let place = from;
  while (place < len(json) && byteAt(json, place) <= 32) place++;
  return place;
}

/** Behind the closing quote of the string that opens at `from`; a string that was cut ends with the text. */
function endOfString(json: Slice, from: u32): u32 {
  let place = from + 1;
  while (place < len(json)) {
    const byte = byteAt(json, place);
    if (byte == 34) return place + 1;
    place += byte == 92 ? 2 : 1;
  }
  return len(json);
}

/** Behind the value that starts at `from`. Depth is counted: a deep value costs no stack. */
function endOfValue(json: Slice, from: u32): u32 {
  let place = from;
  let depth: u32 = 0;
  while (place < len(json)) {
    const byte = byteAt(json, place);
    if (byte == 34) {
      place = endOfString(json, place);
      if (depth == 0) return place;
      continue;
    }
    const closes = byte == 125 || byte == 93;
    if (depth == 0 && (byte == 44 || closes || (byte <= 32 && place > from))) return place;
    place++;
    if (byte == 123 || byte == 91) depth++;
    else if (closes && --depth == 0) return place;
  }
  return place;
}

/** A name without its escapes, as far as they stand for ASCII; others keep their form and match nothing. */
function unescape(raw: Slice): Slice {
  if (indexOf(raw, 92, 0) == len(raw)) return raw;
  rewind(name);
  for (let i: u32 = 0; i < len(raw); i++) {
    let byte = byteAt(raw, i);
    if (byte == 92) {
      byte = byteAt(raw, ++i);
      if (byte == 117 && i + 4 < len(raw)) {
        const unit = fourDigits(raw, i + 1);
        i += 4;
        if (unit > 0 && unit < 128) byte = unit;
      }
    }
    appendByte(name, byte);
  }
  return wholeOf(name);
}

function fourDigits(raw: Slice, from: u32): i32 {
  let value = 0;
  for (let i = from; i < from + 4; i++) {
    const digit = hexDigit(byteAt(raw, i));
    if (digit < 0) return -1;
    value = (value << 4) | digit;
  }
  return value;
}
