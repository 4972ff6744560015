// Redacts the fields of a multipart form (RFC 7578): a part whose name is that of a redacted parameter, or that holds a JSON member
// which is to be redacted, loses its content.
//
//   --boundary CRLF  header: value CRLF ... CRLF  content  CRLF --boundary CRLF ... --boundary--
import { CARRIAGE_RETURN, DASH, LINE_FEED, QUOTE, SEMICOLON, SPACE } from '../core/ascii';
import { Buffer, append, permanentBuffer, rewind, trim, wholeOf } from '../core/buffer';
import { Slice, at, equal, indexOf, indexOfLower, len, part, text } from '../core/bytes';
import { isEmpty } from '../core/names';
import { Root } from '../state/root';
import { holdsMember } from './json-secrets';
import { markerOf } from './marker';
import { isSecretParameter } from './redact-parameters';

const NAME = text('name=');
const LINE_ENDS = text('\r\n\r\n');
// RFC 2046, section 5.1.1, and the two dashes before it.
const DELIMITER_MAX: u32 = 72;

const output = permanentBuffer();

/** False when the bytes are no multipart form, or memory is short. The boundary is what the first line shows. */
export function redactMultipart(root: Root, body: Buffer): bool {
  const bytes = wholeOf(body);
  const lineEnd = indexOf(bytes, CARRIAGE_RETURN, 0);
  if (lineEnd < 3 || lineEnd > DELIMITER_MAX || !startsWithDashes(bytes)) return false;
  const delimiter = part(bytes, 0, lineEnd);
  rewind(output);
  let kept: u32 = 0;
  let place = lineEnd;
  while (place < len(bytes)) {
    const headersEnd = find(bytes, LINE_ENDS, place);
    const content = min(headersEnd + len(LINE_ENDS), len(bytes));
    const end = endOfPart(bytes, delimiter, content);
    if (isSecretPart(root, part(bytes, place, headersEnd), part(bytes, content, end))) {
      const marker = markerOf(part(bytes, content, end));
      append(output, at(bytes) + kept, content - kept);
      append(output, at(marker), len(marker));
      kept = end;
    }
    // Behind the delimiter and its line end; two dashes end the form.
    place = end + 2 + len(delimiter);
    if (place + 2 <= len(bytes) && load<u8>(at(bytes) + place) == DASH) break;
  }
  return kept == 0 || replace(body, kept);
}

function replace(body: Buffer, kept: u32): bool {
  append(output, body.data + kept, body.length - kept);
  body.length = 0;
  if (!output.failed) append(body, output.data, output.length);
  const done = !output.failed && !body.failed;
  trim(output);
  return done;
}

function startsWithDashes(bytes: Slice): bool {
  return load<u8>(at(bytes)) == DASH && load<u8>(at(bytes), 1) == DASH;
}

function find(bytes: Slice, wanted: Slice, from: u32): u32 {
  for (let i = from; i + len(wanted) <= len(bytes); i++) {
    if (load<u8>(at(bytes) + i) == load<u8>(at(wanted)) && equal(at(bytes) + i, at(wanted), len(wanted)))
      return i;
  }
  return len(bytes);
}

/** Where the line end before the next delimiter stands; the end of bytes that were cut. */
function endOfPart(bytes: Slice, delimiter: Slice, from: u32): u32 {
  let i = from;
  // A part without content has the line end of its headers before the delimiter.
  if (i >= 2) i -= 2;
  while (true) {
    i = indexOf(bytes, CARRIAGE_RETURN, i);
    const next = i + 2;
    if (next + len(delimiter) > len(bytes)) return len(bytes);
    if (load<u8>(at(bytes) + i + 1) == LINE_FEED && equal(at(bytes) + next, at(delimiter), len(delimiter)))
      return max(i, from);
    i++;
  }
}

function isSecretPart(root: Root, headers: Slice, content: Slice): bool {
  if (!isEmpty(root.redactedFields) && holdsMember(content, root.redactedFields)) return true;
  if (isEmpty(root.redactedParameters)) return false;
  let found = false;
  for (let i = indexOfLower(headers, NAME, 0); i < len(headers); i = indexOfLower(headers, NAME, i + 1)) {
    found = true;
    // `filename=` counts as well: it does not matter.
    if (isSecretParameter(root.redactedParameters, nameAt(headers, i + len(NAME)))) return true;
  }
  // Without a name, or with one in another form (`name*=`), the part cannot be known.
  return !found;
}

function nameAt(headers: Slice, from: u32): Slice {
  const isQuoted = from < len(headers) && load<u8>(at(headers) + from) == QUOTE;
  const start = isQuoted ? from + 1 : from;
  let end = start;
  while (end < len(headers)) {
    const byte = <u32>load<u8>(at(headers) + end);
    if (isQuoted ? byte == QUOTE : byte <= SPACE || byte == SEMICOLON) break;
    end++;
  }
  return part(headers, start, end);
}
