// The outcome of each request as a line of the log, where `logLevel` is `debug`, beside its statistic, whose name the line has:
//
//   SP lookup_hits GET shop:8080/orders/7 rule=2 status=200 ms=4
//   SP bypassed GET shop:8080/health rule=1 reason=exempt
import { DELETE, QUESTION_MARK, SEMICOLON, SPACE } from '../core/ascii';
import { Buffer, append, permanentBuffer, rewind, trim, wholeOf } from '../core/buffer';
import { Slice, at, indexOf, len, text } from '../core/bytes';
import { appendDecimal } from '../core/decimal';
import { WARN, log, now } from '../host/abi';
import { BYPASSED, count, nameOf } from '../state/metrics';
import { Stream } from '../state/streams';
import { reasonOf, ruleNumber } from './bypass';
import { markResponse } from './marker';
import { redactParameters, trimRedacted } from './redact-parameters';
import { authority, method, pathOnly } from './request';

const BEGINNING = text('SP ');
const BLANK = text(' ');
const REASON = text(' reason=');
const RULE = text(' rule=');
const STATUS = text(' status=');
const MILLISECONDS = text(' ms=');

const REQUEST_MAX: u32 = 2048;
const NS_PER_MS: u64 = 1000000;

const line = permanentBuffer();

/** Keeps what the lines of the request that was just read have in common. */
export function beginLog(stream: Stream): void {
  if (!stream.root.logsRequests) return;
  const buffer = stream.logLine;
  rewind(buffer);
  add(buffer, method);
  add(buffer, BLANK);
  add(buffer, authority);
  addPath(buffer, stream);
  makePrintable(buffer);
  if (ruleNumber) addNumber(buffer, RULE, ruleNumber);
}

/** Without query, and redacted: parameters may also be in segments of the path (RFC 3986, section 3.3). */
function addPath(buffer: Buffer, stream: Stream): void {
  markResponse();
  const from = indexOf(pathOnly, SEMICOLON, 0) + 1;
  add(buffer, redactParameters(pathOnly, from, stream.root.redactedParameters));
  trimRedacted();
}

function makePrintable(buffer: Buffer): void {
  buffer.length = min(buffer.length, REQUEST_MAX);
  for (let i: u32 = 0; i < buffer.length; i++) {
    const byte = <u32>load<u8>(buffer.data + i);
    if (byte < SPACE || byte >= DELETE) store<u8>(buffer.data + i, QUESTION_MARK);
  }
}

/** Counts a request that is left alone, for a reason of capture/bypass.ts. */
export function countBypass(stream: Stream, kind: u32): void {
  count(BYPASSED, 1);
  if (!stream.root.logsRequests) return;
  beginLog(stream);
  begin(stream, BYPASSED);
  add(line, REASON);
  add(line, reasonOf(kind));
  end();
}

/** Counts what became of a request without a lookup. */
export function countOutcome(stream: Stream, metric: u32): void {
  count(metric, 1);
  if (!stream.root.logsRequests) return;
  begin(stream, metric);
  end();
}

/** Counts what became of a lookup. @param status of the response, or what the backend answered; 0 for none. */
export function countLookup(stream: Stream, metric: u32, status: u32): void {
  count(metric, 1);
  if (!stream.root.logsRequests) return;
  begin(stream, metric);
  if (status) addNumber(line, STATUS, status);
  addNumber(line, MILLISECONDS, (now() - stream.lookupAt) / NS_PER_MS);
  end();
}

function begin(stream: Stream, metric: u32): void {
  rewind(line);
  add(line, BEGINNING);
  add(line, nameOf(metric));
  add(line, BLANK);
  add(line, wholeOf(stream.logLine));
}

/** As a warning: the proxies of Istio show nothing below it. */
function end(): void {
  log(WARN, wholeOf(line));
  trim(line);
}

function add(buffer: Buffer, bytes: Slice): void {
  append(buffer, at(bytes), len(bytes));
}

function addNumber(buffer: Buffer, name: Slice, value: u64): void {
  add(buffer, name);
  appendDecimal(buffer, value);
}
