// What must not leave the proxy is replaced by a marker: the same for every value, so that lookups stay stable.
import { Buffer, append, appendByte, permanentBuffer, rewind } from './buffer';
import { Slice, at, containsLower, indexOf, len, part, text } from './bytes';
import { wholeOf } from './abi';
import { hexDigit } from './regex-class';
import { redactJson } from './redact-json';
import { Names, hasName, isEmpty } from './names';
import { Root } from './root';
import { ENCODED, FORM_TYPE, JSON_TYPE, UNTYPED } from './streams';

export const MARKER = text('[redacted]');
const JSON_OPEN: u32 = 123;
const JSON_ARRAY: u32 = 91;

const decoded = permanentBuffer();
const rewritten = permanentBuffer();

/** Whether a header of a recording stands for a redacted one, and must not be replayed. */
export function isMarked(value: Slice): bool {
  return containsLower(value, MARKER);
}

/** The parameters of a query or form, `from` the given position, with the values of the given names replaced. */
export function redactParameters(bytes: Slice, from: u32, names: Names): Slice {
  if (from >= len(bytes) || isEmpty(names)) return bytes;
  rewind(rewritten);
  append(rewritten, at(bytes), from);
  let start = from;
  while (start < len(bytes)) {
    const end = endOfParameter(bytes, start);
    const equals = min(indexOf(bytes, 61, start), end);
    const isSecret = hasName(names, decode(part(bytes, start, equals)));
    const kept = isSecret && equals < end ? equals + 1 : end;
    append(rewritten, at(bytes) + start, kept - start);
    if (isSecret && equals < end) append(rewritten, at(MARKER), len(MARKER));
    if (end < len(bytes)) appendByte(rewritten, load<u8>(at(bytes) + end));
    start = end + 1;
  }
  return rewritten.failed ? 0 : wholeOf(rewritten);
}

// A fragment ends a query: what is behind it is no parameter, but treated as one, which can only redact more.
function endOfParameter(bytes: Slice, from: u32): u32 {
  for (let i = from; i < len(bytes); i++) {
    const byte = load<u8>(at(bytes) + i);
    if (byte == 38 || byte == 59 || byte == 35) return i;
  }
  return len(bytes);
}

/** The name without percent signs: `%74oken` is `token`. */
function decode(name: Slice): Slice {
  if (indexOf(name, 37, 0) == len(name)) return name;
  rewind(decoded);
  let i: u32 = 0;
  while (i < len(name)) {
    let byte = <i32>load<u8>(at(name) + i++);
    if (byte == 37 && i + 1 < len(name)) {
      const high = hexDigit(load<u8>(at(name) + i));
      const low = hexDigit(load<u8>(at(name) + i + 1));
      if (high >= 0 && low >= 0) {
        byte = (high << 4) | low;
        i += 2;
      }
    }
    appendByte(decoded, byte);
  }
  return wholeOf(decoded);
}

/**
 * Redacts a captured body where it lies. False when it cannot be looked into, being compressed or memory being short:
 * then it must not leave the proxy at all.
 */
export function redactBody(root: Root, body: Buffer, traits: u32): bool {
  if (!root.redactsBodies || !body.length) return true;
  const first = firstByte(wholeOf(body));
  const isJson = (traits & JSON_TYPE) != 0 || first == JSON_OPEN || first == JSON_ARRAY;
  const isForm = (traits & FORM_TYPE) != 0;
  if (traits & ENCODED) return (traits & (JSON_TYPE | FORM_TYPE | UNTYPED)) == 0;
  if (isJson && !isEmpty(root.redactedFields)) return redactJson(body, root.redactedFields, MARKER);
  if (!isForm || isEmpty(root.redactedParameters)) return true;
  const form = redactParameters(wholeOf(body), 0, root.redactedParameters);
  if (!form) return false;
  body.length = 0;
  append(body, at(form), len(form));
  return !body.failed;
}

function firstByte(bytes: Slice): u32 {
  for (let i: u32 = 0; i < len(bytes); i++) {
    const byte = <u32>load<u8>(at(bytes) + i);
    if (byte > 32) return byte;
  }
  return 0;
}
