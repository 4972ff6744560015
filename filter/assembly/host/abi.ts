// The host calls of proxy-wasm ABI 0.2.1 (https://github.com/proxy-wasm/spec/tree/main/abi-versions/v0.2.1), with
// bytes in and out. Answers are never trusted: addresses and sizes that the host writes are checked before use.
import {
  proxy_continue_stream,
  proxy_done,
  proxy_get_buffer_bytes,
  proxy_get_current_time_nanoseconds,
  proxy_get_header_map_pairs,
  proxy_get_header_map_value,
  proxy_get_property,
  proxy_http_call,
  proxy_log,
  proxy_remove_header_map_value,
  proxy_replace_header_map_value,
  proxy_send_local_response,
  proxy_set_effective_context,
  proxy_set_tick_period_milliseconds,
} from '@solo-io/proxy-runtime/assembly/imports';
import { Buffer, permanentBuffer, reserve } from '../core/buffer';
import { Slice, at, len } from '../core/bytes';

export const REQUEST_HEADERS: i32 = 0;
export const RESPONSE_HEADERS: i32 = 2;
export const CALL_RESPONSE_HEADERS: i32 = 6;

export const REQUEST_BODY: i32 = 0;
export const RESPONSE_BODY: i32 = 1;
export const CALL_RESPONSE_BODY: i32 = 4;
export const PLUGIN_CONFIGURATION: i32 = 7;

// What a callback answers. Headers: Envoy's StopAllIterationAndWatermark holds body and headers and slows the client
// down instead of answering 413; StopIteration holds the headers alone while the body callbacks continue.
export const CONTINUE: u32 = 0;
export const STOP_ITERATION: u32 = 1;
export const STOP_ALL: u32 = 4;
/**
 * For body callbacks: StopIterationAndWatermark. What is held is not shown again. StopIterationAndBuffer would: but one
 * read of a fast client can take it over Envoy's buffer limit before the filter is asked, and Envoy answers 413.
 */
export const WATERMARK: u32 = 2;

export const INFO: u32 = 2;
export const WARN: u32 = 3;
export const ERROR: u32 = 4;

// | address u32 | size u32 | number u64 |   where the host writes what it returns
const out = memory.data(16, 8);

// The buffer that receives the next answer: its bytes are written straight into the message under construction.
const scratch = permanentBuffer();
let target = scratch;

/** The body of the export `proxy_on_memory_allocate`. */
export function allocateForHost(size: u32): usize {
  return reserve(target, size);
}

function receiveInto(buffer: Buffer): void {
  target = buffer;
  store<u64>(out, 0);
}

/** Counts the bytes that the host wrote: their number, -1 when the call failed or wrote elsewhere. */
function accept(buffer: Buffer, result: u32): i32 {
  target = scratch;
  const address = <usize>load<u32>(out);
  const size = load<u32>(out, 4);
  if (result != 0 || buffer.failed) return -1;
  if (size == 0) return 0;
  if (address != buffer.data + buffer.length || size > buffer.capacity - buffer.length) return -1;
  buffer.length += size;
  return <i32>size;
}

/** Appends a header map in the host's own form (see pairs.ts). */
export function getPairs(map: i32, buffer: Buffer): i32 {
  receiveInto(buffer);
  return accept(buffer, proxy_get_header_map_pairs(map, out, out + 4));
}

/** Appends the first value of a header. */
export function getHeader(map: i32, name: Slice, buffer: Buffer): i32 {
  receiveInto(buffer);
  return accept(buffer, proxy_get_header_map_value(map, at(name), len(name), out, out + 4));
}

/** Appends the bytes of a body from `from` up to `to`. */
export function getBody(kind: i32, from: u32, to: u32, buffer: Buffer): i32 {
  receiveInto(buffer);
  return accept(buffer, proxy_get_buffer_bytes(kind, from, to - from, out, out + 4));
}

/** Appends a property; the parts of its path are separated by zero bytes. */
export function getProperty(path: Slice, buffer: Buffer): i32 {
  receiveInto(buffer);
  return accept(buffer, proxy_get_property(at(path), len(path), out, out + 4));
}

export function replaceHeader(map: i32, name: Slice, value: Slice): void {
  proxy_replace_header_map_value(map, at(name), len(name), at(value), len(value));
}

export function removeHeader(map: i32, name: Slice): void {
  proxy_remove_header_map_value(map, at(name), len(name));
}

/** Nanoseconds since 1970; 0 when the host does not know. */
export function now(): u64 {
  store<u64>(out, 0, 8);
  proxy_get_current_time_nanoseconds(out + 8);
  return load<u64>(out, 8);
}

/** Starts a call. The token of its answer, which is above zero; 0 when the host refused it. */
export function httpCall(cluster: Slice, headers: Slice, body: Slice, timeoutMs: u32): u32 {
  store<u32>(out, 0);
  const result = proxy_http_call(
    at(cluster),
    len(cluster),
    at(headers),
    len(headers),
    at(body),
    len(body),
    NO_PAIRS,
    4,
    timeoutMs,
    out,
  );
  return result == 0 ? load<u32>(out) : 0;
}

const NO_PAIRS = memory.data<u32>([0]);
// gRPC status -1: the host derives it from the HTTP status if it needs one.
const NO_GRPC_STATUS: u32 = 0xffffffff;

/** Answers the request itself. Nothing may be called on the stream afterwards. */
export function sendReply(status: u32, details: Slice, headers: Slice, body: Slice): bool {
  const result = proxy_send_local_response(
    status,
    at(details),
    len(details),
    at(body),
    len(body),
    at(headers),
    len(headers),
    NO_GRPC_STATUS,
  );
  return result == 0;
}

/** Resumes a held request. Nothing may be called on the stream afterwards. */
export function continueRequest(): void {
  proxy_continue_stream(0);
}

export function setEffectiveContext(id: u32): bool {
  return proxy_set_effective_context(id) == 0;
}

export function setTickPeriod(milliseconds: u32): void {
  proxy_set_tick_period_milliseconds(milliseconds);
}

/** Lets the host delete a root context whose `proxy_on_done` returned 0. */
export function finishContext(): void {
  proxy_done();
}

export function log(level: u32, line: Slice): void {
  proxy_log(level, at(line), len(line));
}
