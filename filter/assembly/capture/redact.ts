// Redaction of bodies. What must not leave the proxy is replaced by a marker (capture/marker.ts): the same for the same value,
// so that lookups stay stable. A body that cannot be looked into does not leave the proxy at all.
import { OPEN_BRACE, OPEN_BRACKET, SPACE } from '../core/ascii';
import { Buffer, append, wholeOf } from '../core/buffer';
import { Slice, at, len } from '../core/bytes';
import { Names, isEmpty } from '../core/names';
import { Root } from '../state/root';
import { ENCODED, FORM_TYPE, JSON_TYPE, MULTIPART_TYPE, TEXT_TYPE, UNTYPED } from '../state/streams';
import { holdsMember } from './json-secrets';
import { malformed, redactJson } from './redact-json';
import { redactMultipart } from './redact-multipart';
import { redactParameters, trimRedacted } from './redact-parameters';

/** Types of bodies that are JSON, or are not seldom. */
const MAY_BE_JSON = JSON_TYPE | FORM_TYPE | TEXT_TYPE | UNTYPED | MULTIPART_TYPE;
const MAY_BE_FORM = FORM_TYPE | UNTYPED | MULTIPART_TYPE;

/**
 * Redacts a captured body where it lies. False when it cannot be looked into: it is compressed, it is not JSON or multipart form
 * in spite of its type, members to redact are in text that is not JSON, or memory is short.
 */
export function redactBody(root: Root, body: Buffer, traits: u32): bool {
  if (!root.redactsBodies || !body.length) return true;
  const redactsFields = !isEmpty(root.redactedFields);
  const redactsParameters = !isEmpty(root.redactedParameters);
  const mayBeJson = redactsFields && (traits & MAY_BE_JSON) != 0;
  const mayBeForm = redactsParameters && (traits & MAY_BE_FORM) != 0;
  if (traits & ENCODED) return !mayBeJson && !mayBeForm;
  if (traits & MULTIPART_TYPE) return redactMultipart(root, body);
  const isJson = (traits & JSON_TYPE) != 0 || looksLikeJson(wholeOf(body));
  if (isJson && redactsFields) {
    if (!redactJson(body, root.redactedFields) || (malformed && mayBeJson)) return false;
  } else if (mayBeJson && holdsMember(wholeOf(body), root.redactedFields)) return false;
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
