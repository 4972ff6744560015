// How a span contains a body: text as it is; anything else as base64 and marked so, never to be guessed; a part of a
// body marked as such, with the true size. A request that ended without a body has the size 0: without that attribute the
// span leaves open what the body is, as a lookup by headers alone does.
import { base64Size, writeBase64 } from '../core/base64';
import { Buffer } from '../core/buffer';
import { Slice, len, slice, text } from '../core/bytes';
import { isCutCharacter, validLength } from '../core/utf8';
import { IS_BINARY, IS_TEXT, TRUNCATED } from '../state/streams';
import {
  attributeSize,
  intAttributeSize,
  trueAttributeSize,
  writeAttribute,
  writeAttributeHead,
  writeIntAttribute,
  writeTrueAttribute,
} from './attributes';

export const REQUEST: u32 = 0;
export const RESPONSE: u32 = 1;

const REQUEST_BODY = text('http.request.body');
const REQUEST_ENCODING = text('http.request.body.encoding');
const REQUEST_TRUNCATED = text('http.request.body.truncated');
const REQUEST_SIZE = text('http.request.body.size');
export const RESPONSE_BODY = text('http.response.body');
export const RESPONSE_ENCODING = text('http.response.body.encoding');
export const RESPONSE_TRUNCATED = text('http.response.body.truncated');
const RESPONSE_SIZE = text('http.response.body.size');
export const BASE64 = text('base64');
// Beside the attributes that mark a response's body: of a recording some backends keep its headers and body alone.
const ENCODING_HEADER = text('http.response.header.x-softprobe-body-encoding');
const INEXACT_HEADER = text('http.response.header.x-softprobe-inexact');
const TRUNCATED_BODY = text('truncated');

/**
 * Adds to the traits of a body whether it is text. A request's is judged once for its lookup and its save; one that has
 * not come yet is judged later. A cut in the middle of a character makes no text binary: the part of it goes.
 */
export function classifyBody(body: Buffer, traits: u32): u32 {
  if (!body.length || traits & (IS_TEXT | IS_BINARY)) return traits;
  const bytes = slice(body.data, body.length);
  const valid = validLength(bytes);
  if (valid < body.length) {
    if (!(traits & TRUNCATED) || !isCutCharacter(bytes, valid)) return traits | IS_BINARY;
    body.length = valid;
  }
  return traits | IS_TEXT;
}

/** Bytes that `writeNoBody` writes. */
export function noBodySize(): u32 {
  return intAttributeSize(REQUEST_SIZE, 0);
}

/** Writes that the request has no body. */
export function writeNoBody(to: usize): usize {
  return writeIntAttribute(to, REQUEST_SIZE, 0);
}

/** Bytes that `writeBody` writes for a body that has been judged. */
export function measureBody(side: u32, body: Buffer, traits: u32, trueSize: u64): u32 {
  const isTruncated = (traits & TRUNCATED) != 0;
  if (!body.length && !isTruncated) return 0;
  const isBinary = (traits & IS_BINARY) != 0;
  let size = attributeSize(len(bodyKey(side)), isBinary ? base64Size(body.length) : body.length);
  if (isBinary)
    size += attributeSize(len(side == REQUEST ? REQUEST_ENCODING : RESPONSE_ENCODING), len(BASE64));
  if (side == RESPONSE) {
    if (isBinary) size += attributeSize(len(ENCODING_HEADER), len(BASE64));
    if (isTruncated) size += attributeSize(len(INEXACT_HEADER), len(TRUNCATED_BODY));
  }
  if (isTruncated)
    size += trueAttributeSize(truncatedKey(side)) + intAttributeSize(sizeKey(side), cap(trueSize));
  return size;
}

export function writeBody(to: usize, side: u32, body: Buffer, traits: u32, trueSize: u64): usize {
  const isTruncated = (traits & TRUNCATED) != 0;
  if (!body.length && !isTruncated) return to;
  const bytes = slice(body.data, body.length);
  if (traits & IS_BINARY) {
    to = writeAttributeHead(to, bodyKey(side), base64Size(body.length));
    to = writeBase64(to, bytes);
    to = writeAttribute(to, side == REQUEST ? REQUEST_ENCODING : RESPONSE_ENCODING, BASE64);
  } else {
    to = writeAttributeHead(to, bodyKey(side), body.length);
    memory.copy(to, body.data, body.length);
    to += body.length;
  }
  if (side == RESPONSE) {
    if (traits & IS_BINARY) to = writeAttribute(to, ENCODING_HEADER, BASE64);
    if (isTruncated) to = writeAttribute(to, INEXACT_HEADER, TRUNCATED_BODY);
  }
  if (!isTruncated) return to;
  to = writeTrueAttribute(to, truncatedKey(side));
  return writeIntAttribute(to, sizeKey(side), cap(trueSize));
}

function bodyKey(side: u32): Slice {
  return side == REQUEST ? REQUEST_BODY : RESPONSE_BODY;
}

function truncatedKey(side: u32): Slice {
  return side == REQUEST ? REQUEST_TRUNCATED : RESPONSE_TRUNCATED;
}

function sizeKey(side: u32): Slice {
  return side == REQUEST ? REQUEST_SIZE : RESPONSE_SIZE;
}

// A body above 4 GiB is truncated anyway; its size is then a lower bound.
function cap(size: u64): u32 {
  return size > u32.MAX_VALUE ? u32.MAX_VALUE : <u32>size;
}
