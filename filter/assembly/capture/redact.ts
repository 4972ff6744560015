// What must not leave the proxy is replaced by a marker (capture/marker.ts): the same for the same value, so that lookups
// stay stable. `markRequest` or `markResponse` comes first.
import {
  AMPERSAND,
  EQUALS,
  HASH,
  OPEN_BRACE,
  OPEN_BRACKET,
  PERCENT,
  QUESTION_MARK,
  SEMICOLON,
  SPACE,
} from '../core/ascii';
import { Buffer, append, appendByte, permanentBuffer, rewind, trim, wholeOf } from '../core/buffer';
import { Slice, at, indexOf, len, part, hexDigit } from '../core/bytes';
import { Names, hasName, isEmpty } from '../core/names';
import { Root } from '../state/root';
import { ENCODED, FORM_TYPE, JSON_TYPE, TEXT_TYPE, UNTYPED } from '../state/streams';
import { markerOf } from './marker';
import { malformed, redactJson } from './redact-json';

/** Types of bodies that are JSON, or are not seldom. */
const MAY_BE_JSON = JSON_TYPE | FORM_TYPE | TEXT_TYPE | UNTYPED;
const MAY_BE_FORM = FORM_TYPE | UNTYPED;

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
    const isSecret = equals < end && isSecretName(names, part(bytes, start, equals));
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

/** Whether the name, without percent signs (`%74oken` is `token`), is one of them, or cannot be decoded. */
function isSecretName(names: Names, name: Slice): bool {
  if (indexOf(name, PERCENT, 0) == len(name)) return hasName(names, name);
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
  const isSecret = decoded.failed || hasName(names, wholeOf(decoded));
  trim(decoded);
  return isSecret;
}

/**
 * Redacts a captured body where it lies. False when it cannot be looked into, being compressed or no JSON in spite of
 * its type, or memory being short: then it must not leave the proxy at all.
 */
export function redactBody(root: Root, body: Buffer, traits: u32): bool {
  if (!root.redactsBodies || !body.length) return true;
  const redactsFields = !isEmpty(root.redactedFields);
  const redactsParameters = !isEmpty(root.redactedParameters);
  const mayBeJson = redactsFields && (traits & MAY_BE_JSON) != 0;
  const mayBeForm = redactsParameters && (traits & MAY_BE_FORM) != 0;
  if (traits & ENCODED) return !mayBeJson && !mayBeForm;
  const isJson = (traits & JSON_TYPE) != 0 || looksLikeJson(wholeOf(body));
  if (isJson && redactsFields) {
    if (!redactJson(body, root.redactedFields) || (malformed && mayBeJson)) return false;
  }
  // Some clients send JSON and call it a form; JSON without a type is not a form.
  return !mayBeForm || (isJson && !(traits & FORM_TYPE)) || redactForm(body, root.redactedParameters);
}

function redactForm(body: Buffer, names: Names): bool {
  const form = redactParameters(wholeOf(body), 0, names);
  body.length = 0;
  append(body, at(form), len(form));
  trimRedacted();
  return len(form) > 0 && !body.failed;
}

function looksLikeJson(bytes: Slice): bool {
  for (let i: u32 = 0; i < len(bytes); i++) {
    const byte = <u32>load<u8>(at(bytes) + i);
    if (byte > SPACE && !isOfByteOrderMark(byte)) return byte == OPEN_BRACE || byte == OPEN_BRACKET;
  }
  return false;
}

// In UTF-8, UTF-16 and UTF-32.
function isOfByteOrderMark(byte: u32): bool {
  return byte == 0xef || byte == 0xbb || byte == 0xbf || byte == 0xfe || byte == 0xff;
}
