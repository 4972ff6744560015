// The attributes of a request and of its response, from their headers, into the stream's head.
import { COLON, HASH, QUESTION_MARK, SEMICOLON } from '../core/ascii';
import { Buffer, append, permanentBuffer, reserve, rewind, trim, wholeOf } from '../core/buffer';
import { Slice, at, indexOf, len, text } from '../core/bytes';
import { hasName, isEmpty } from '../core/names';
import { key, nextPair, openPairs, value } from '../host/pairs';
import { Root } from '../state/root';
import { AMBIGUOUS, Stream } from '../state/streams';
import {
  attributeSize,
  intAttributeSize,
  writeIntAttribute,
  writePrefixed,
  addAttribute,
} from '../otlp/attributes';
import { isAmbiguous, markRequest, markResponse, markerOf, restoreAmbiguity } from './marker';
import { redactParameters, trimRedacted } from './redact-parameters';
import { authority, method, path, pathOnly, scheme, session } from './request';
import { addCredential, isCredential, userOf } from './user';

const URL_FULL = text('url.full');
const SCHEME_END = text('://');
const URL_HOST = text('url.host');
const URL_PATH = text('url.path');
const METHOD = text('http.request.method');
const SESSION = text('sp.session.id');
const REQUEST_HEADER = text('http.request.header.');
const RESPONSE_HEADER = text('http.response.header.');
const USER_ATTRIBUTE = text('http.response.header.x-softprobe-user');
const STATUS = text('http.response.status_code');

const fullUrl = permanentBuffer();

/** Starts the head with what identifies the request, and its headers. The request was just read (capture/request.ts). */
export function recordRequest(stream: Stream, map: Slice): bool {
  const root = stream.root;
  const head = stream.head;
  // One block for all: a header grows by its key's prefix and a few lengths.
  reserve(head, len(map) * 2 + 512);
  markRequest(root);
  // Parameters may also be in segments of the path (RFC 3986, section 3.3).
  const from = indexOf(pathOnly, SEMICOLON, 0) + 1;
  const url = redactParameters(path, from, root.redactedParameters);
  addAttribute(head, URL_PATH, url);
  stream.pathAt = head.length - len(url);
  stream.pathBytes = indexOf(url, QUESTION_MARK, 0);
  addAttribute(head, URL_HOST, authority);
  addFullUrl(head, url);
  addAttribute(head, METHOD, method);
  if (len(session)) addAttribute(head, SESSION, session);
  openPairs(map);
  recordRequestHeaders(stream, head);
  trimRedacted();
  if (isAmbiguous) stream.requestTraits |= AMBIGUOUS;
  return !head.failed && len(url) > 0;
}

/** Some backends name the host of a recording by `url.full` alone. */
function addFullUrl(head: Buffer, url: Slice): void {
  rewind(fullUrl);
  append(fullUrl, at(scheme), len(scheme));
  append(fullUrl, at(SCHEME_END), len(SCHEME_END));
  append(fullUrl, at(authority), len(authority));
  append(fullUrl, at(url), len(url));
  if (!fullUrl.failed) addAttribute(head, URL_FULL, wholeOf(fullUrl));
  trim(fullUrl);
}

/** Adds status and headers of the response. */
export function recordResponse(stream: Stream, map: Slice, status: u32): bool {
  const head = stream.head;
  const size = intAttributeSize(STATUS, status);
  const to = reserve(head, size + len(map) * 2);
  if (!to) return false;
  writeIntAttribute(to, STATUS, status);
  head.length += size;
  openPairs(map);
  markResponse();
  recordResponseHeaders(stream.root, head);
  const user = userOf(stream);
  if (len(user)) addAttribute(head, USER_ATTRIBUTE, user);
  trimRedacted();
  return !head.failed;
}

/** The headers of the map that is open, in order; pseudo-headers have attributes of their own. */
function recordRequestHeaders(stream: Stream, head: Buffer): void {
  const root = stream.root;
  while (nextPair()) {
    if (!len(key) || load<u8>(at(key)) == COLON) continue;
    if (!hasName(root.redactedHeaders, key)) {
      recordHeader(head, REQUEST_HEADER, withoutSecrets(root));
      continue;
    }
    if (isCredential(key)) {
      recordHeader(head, REQUEST_HEADER, markerOf(value));
      addCredential(stream, key);
      continue;
    }
    const before = isAmbiguous;
    recordHeader(head, REQUEST_HEADER, markerOf(value));
    restoreAmbiguity(before);
  }
}

function recordResponseHeaders(root: Root, head: Buffer): void {
  while (nextPair()) {
    if (!len(key) || load<u8>(at(key)) == COLON) continue;
    const isSecret = hasName(root.redactedHeaders, key);
    recordHeader(head, RESPONSE_HEADER, isSecret ? markerOf(value) : withoutSecrets(root));
  }
}

/** Adds the header that was just read, with this content. */
function recordHeader(head: Buffer, prefix: Slice, content: Slice): void {
  const size = attributeSize(len(prefix) + len(key), len(content));
  const to = reserve(head, size);
  if (!to) return;
  writePrefixed(to, prefix, key, content);
  head.length += size;
}

/** The value of the header that was just read, with the parameters redacted if it is a URL. */
function withoutSecrets(root: Root): Slice {
  if (isEmpty(root.redactedParameters) || !hasName(root.urlHeaders, key)) return value;
  return redactParameters(value, startOfParameters(value), root.redactedParameters);
}

// A fragment may hold them as well (RFC 6749, section 4.2.2).
function startOfParameters(url: Slice): u32 {
  return min(indexOf(url, QUESTION_MARK, 0), indexOf(url, HASH, 0)) + 1;
}
