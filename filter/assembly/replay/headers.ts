// Recorded headers on their way back to a client. Names and values come over the network: what could break out of its
// header, or belongs to the connection and not to the message, is left out.
import { DELETE, SPACE, TAB, isDigit, isLetter } from '../core/ascii';
import { Buffer, append, appendByte, permanentBuffer, reserve, rewind, trim } from '../core/buffer';
import { Slice, at, len, lowerInPlace, slice, text, trimBlanks, sameLower } from '../core/bytes';
import { hasName, permanentNames } from '../core/names';
import { isMarked } from '../capture/marker';
import { isContentType } from '../capture/request';
import { beginRules, noteHeader } from './cache-rules';

// RFC 9110, section 7.6.1, and what a proxy computes itself.
const DROPPED_LIST = text(
  'connection keep-alive proxy-connection transfer-encoding upgrade te trailer content-length x-envoy-upstream-service-time',
);
const DROPPED = permanentNames(DROPPED_LIST);
const CONTENT_LENGTH = text('content-length');
const LOCATION = text('location');
const INEXACT_HEADER = text('x-softprobe-inexact');
const TCHARS = text("!#$%&'*+-.^_`|~");

// Above either, the host takes a map for an empty one and would answer without headers.
const MAP_PAIRS_MAX: u32 = 1024;
const MAP_BYTES_MAX: u32 = 1 << 20;

// A pair map whose sizes come first cannot be written while the number of headers is unknown: names and values are
// gathered here and `finishReplay` writes the map.
//
//   sizes: | name size u32, value size u32 | ...      contents: | name \0 value \0 | ...
const sizes = permanentBuffer();
const contents = permanentBuffer();

/** The content type that was among them; valid as long as the answer's bytes are. */
export let contentType: Slice = 0;

/** Whether there was one, which may be empty. */
export let hasContentType: bool = false;
/** The content length that was among them. */
export let contentLength: Slice = 0;
/** Set when the response cannot be given again as it was: a redacted redirect, or one with trailers. */
export let isInexact: bool = false;

export function beginReplay(headers: Buffer): void {
  contentType = contentLength = 0;
  hasContentType = isInexact = false;
  beginRules();
  rewind(headers);
  rewind(sizes);
  rewind(contents);
}

/** Adds a header if it may be replayed. */
export function replayHeader(headers: Buffer, name: Slice, value: Slice): void {
  const content = trimBlanks(value);
  if (!isFieldName(name) || !isFieldValue(content)) return;
  if (isMarked(content)) {
    if (sameLower(name, LOCATION)) isInexact = true;
    return;
  }
  if (sameLower(name, INEXACT_HEADER)) {
    isInexact = true;
    return;
  }
  if (noteHeader(name, content)) return;
  const start = contents.length;
  append(contents, at(name), len(name));
  if (contents.failed) {
    headers.failed = true;
    return;
  }
  const isDropped = hasName(DROPPED, name);
  if (isDropped && sameLower(name, CONTENT_LENGTH)) contentLength = content;
  const entry: usize = isDropped ? 0 : reserve(sizes, 8);
  if (!entry) {
    contents.length = start;
    if (!isDropped) headers.failed = true;
    return;
  }
  const written = slice(contents.data + start, len(name));
  lowerInPlace(written);
  if (isContentType(written)) {
    contentType = content;
    hasContentType = true;
  }
  store<u32>(entry, len(name));
  store<u32>(entry, len(content), 4);
  sizes.length += 8;
  appendByte(contents, 0);
  append(contents, at(content), len(content));
  appendByte(contents, 0);
  if (contents.failed) headers.failed = true;
}

/** Writes the map of all headers that were added. */
export function finishReplay(headers: Buffer): void {
  const size = sizes.length + contents.length + 4;
  if (sizes.length >> 3 > MAP_PAIRS_MAX || size > MAP_BYTES_MAX) headers.failed = true;
  const to: usize = headers.failed ? 0 : reserve(headers, size);
  if (!to) return;
  store<u32>(to, sizes.length >> 3);
  memory.copy(to + 4, sizes.data, sizes.length);
  memory.copy(to + 4 + sizes.length, contents.data, contents.length);
  headers.length += size;
}

/** Gives back what the headers of a long recording took. */
export function endReplay(): void {
  trim(sizes);
  trim(contents);
}

/** A token (RFC 9110, section 5.6.2): no blanks, no colon, so no pseudo-header either. */
function isFieldName(name: Slice): bool {
  for (let i: u32 = 0; i < len(name); i++) {
    const byte = <u32>load<u8>(at(name) + i);
    if (isDigit(byte) || isLetter(byte)) continue;
    let k: u32 = 0;
    while (k < len(TCHARS) && load<u8>(at(TCHARS) + k) != byte) k++;
    if (k == len(TCHARS)) return false;
  }
  return len(name) > 0;
}

/** No control characters but the tab (RFC 9110, section 5.5): CR or LF would end the header and begin another. */
function isFieldValue(value: Slice): bool {
  for (let i: u32 = 0; i < len(value); i++) {
    const byte = load<u8>(at(value) + i);
    if ((byte < SPACE && byte != TAB) || byte == DELETE) return false;
  }
  return true;
}
