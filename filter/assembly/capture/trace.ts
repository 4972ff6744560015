// W3C Trace Context (https://www.w3.org/TR/trace-context/): continue or start a trace, and keep what others wrote.
import { COMMA, DASH, DELETE, DIGIT_0, EQUALS, LOWER_A, SPACE, isDigit } from '../core/ascii';
import { Buffer, append, appendByte, permanentBuffer, reserve, rewind, wholeOf } from '../core/buffer';
import { Slice, at, indexOf, len, part, sameLower, slice, startsWith, text, trimBlanks } from '../core/bytes';
import { writeHex } from '../core/hex';
import { REQUEST_HEADERS, getHeader } from '../host/abi';
import { random64 } from '../host/wasi';
import { Stream } from '../state/streams';

export const TRACEPARENT = text('traceparent');
const MEMBER = text('x-sp-traceparent=');
export const SESSION_MEMBER = text('x-softprobe-session-id');
export const LEGACY_SESSION_MEMBER = text('x-sp-session-id');
const VALUE_MAX: u32 = 256;
// Section 3.3.1.1: at most 32 list-members.
const MEMBERS_MAX: u32 = 32;
const TRACEPARENT_BYTES: u32 = 55;

/** Takes the ids of a `traceparent`, or new ones when it is absent or not valid, and a new id for the span. */
export function continueTrace(stream: Stream, traceparent: Slice): void {
  stream.continuesTrace = readTraceparent(stream, traceparent);
  if (!stream.continuesTrace) {
    stream.traceHigh = random64();
    stream.traceLow = random64();
    stream.parentId = 0;
    // Whether a trace is sampled is for those to decide who export it.
    stream.traceFlags = 0;
  }
  stream.spanId = random64();
}

const sent = permanentBuffer();

/**
 * Where the client sent no trace, the host's own tracer may have begun one: the recording belongs to what upstream saw. The
 * headers that went there can be read when the host writes its access log, and in no other callback of the response.
 */
export function adoptTrace(stream: Stream): void {
  rewind(sent);
  if (getHeader(REQUEST_HEADERS, TRACEPARENT, sent) <= 0) return;
  const low = stream.traceLow;
  const parent = stream.parentId;
  // What the filter itself has sent is no other trace.
  if (readTraceparent(stream, wholeOf(sent)) && stream.traceLow == low) stream.parentId = parent;
}

/** `00-<32 hex>-<16 hex>-<2 hex>`; a later version may have more behind a dash (section 3.2.4). */
function readTraceparent(stream: Stream, header: Slice): bool {
  if (len(header) < TRACEPARENT_BYTES) return false;
  notHex = false;
  const p = at(header);
  const version = readHex(p, 1);
  if (version == 0xff) return false;
  const isLonger = len(header) > TRACEPARENT_BYTES;
  if (isLonger && (version == 0 || load<u8>(p + 55) != DASH)) return false;
  if (load<u8>(p + 2) != DASH || load<u8>(p + 35) != DASH || load<u8>(p + 52) != DASH) return false;
  const high = readHex(p + 3, 8);
  const low = readHex(p + 19, 8);
  const parent = readHex(p + 36, 8);
  const flags = readHex(p + 53, 1);
  if (notHex || (high | low) == 0 || parent == 0) return false;
  stream.traceHigh = high;
  stream.traceLow = low;
  stream.parentId = parent;
  stream.traceFlags = <u32>flags;
  return true;
}

let notHex: bool = false;

/** Lower-case hexadecimal (upper case is not valid, section 3.2.2.3) into bytes in the order of the text. */
function readHex(from: usize, bytes: u32): u64 {
  let value: u64 = 0;
  for (let i: u32 = 0; i < bytes; i++) {
    const byte = (digit(load<u8>(from + (i << 1))) << 4) | digit(load<u8>(from + (i << 1) + 1));
    value |= (<u64>byte) << (i << 3);
  }
  return value;
}

function digit(byte: u32): u32 {
  if (isDigit(byte)) return byte - DIGIT_0;
  if (byte - LOWER_A < 6) return byte - LOWER_A + 10;
  notHex = true;
  return 0;
}

const parent = permanentBuffer();

/** The `traceparent` of the filter's own span. Valid until the next call. */
export function traceparentOf(stream: Stream): Slice {
  parent.length = 0;
  let to = reserve(parent, TRACEPARENT_BYTES);
  if (!to) return 0;
  const start = to;
  store<u32>(to, 0x2d3030);
  to = writeHex(to + 3, stream.traceHigh, 8);
  to = writeHex(to, stream.traceLow, 8);
  store<u8>(to, DASH);
  to = writeHex(to + 1, stream.spanId, 8);
  store<u8>(to, DASH);
  writeHex(to + 1, stream.traceFlags, 1);
  return slice(start, TRACEPARENT_BYTES);
}

/**
 * The members that go upstream. `ours` is the member that names where the trace was, which the existing agent writes; empty for
 * none. It stands left, as the one changed last, then `received`, until there are 32. Of members with a session, the first stays.
 */
export function writeTracestate(to: Buffer, ours: Slice, received: Slice): Slice {
  let members: u32 = 0;
  if (len(ours)) {
    append(to, at(MEMBER), len(MEMBER));
    append(to, at(ours), len(ours));
    members++;
  }
  let hasSession = false;
  let from: u32 = 0;
  while (from < len(received) && members < MEMBERS_MAX) {
    const end = indexOf(received, COMMA, from);
    const member = trimBlanks(part(received, from, end));
    from = end + 1;
    if (!len(member) || startsWith(member, MEMBER)) continue;
    if (sessionIn(member)) {
      if (hasSession) continue;
      hasSession = true;
    }
    if (members++) appendByte(to, COMMA);
    append(to, at(member), len(member));
  }
  return wholeOf(to);
}

/** Appends the member that carries the session to the next hop, unless its value is not valid in one (section 3.3.2.2). */
export function appendSession(to: Buffer, name: Slice, session: Slice): void {
  if (!len(session) || len(session) > VALUE_MAX) return;
  for (let i: u32 = 0; i < len(session); i++) {
    const byte = <u32>load<u8>(at(session) + i);
    if (byte <= SPACE || byte >= DELETE || byte == COMMA || byte == EQUALS) return;
  }
  append(to, at(name), len(name));
  appendByte(to, EQUALS);
  append(to, at(session), len(session));
  appendByte(to, COMMA);
}

/** The session id that a member of `tracestate` carries; empty when none does. */
export function sessionOf(tracestate: Slice): Slice {
  let from: u32 = 0;
  while (from < len(tracestate)) {
    const end = indexOf(tracestate, COMMA, from);
    const session = sessionIn(trimBlanks(part(tracestate, from, end)));
    if (session) return session;
    from = end + 1;
  }
  return 0;
}

/** The value of a member that carries a session, whatever case its key has; 0 of another one. */
function sessionIn(member: Slice): Slice {
  const equals = indexOf(member, EQUALS, 0);
  const name = part(member, 0, equals);
  const isSession = sameLower(name, SESSION_MEMBER) || sameLower(name, LEGACY_SESSION_MEMBER);
  return isSession && equals < len(member) ? part(member, equals + 1, len(member)) : 0;
}
