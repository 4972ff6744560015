// What an operator should know, once in a while and never for each request.
import { append, permanentBuffer, rewind, wholeOf } from '../core/buffer';
import { Slice, at, len, text } from '../core/bytes';
import { appendDecimal } from '../core/decimal';
import { WARN, log, now } from '../host/abi';
import {
  DROPPED_MEMORY,
  DROPPED_QUEUE,
  DROPPED_REFUSED,
  DROPPED_RETRIES,
  ERROR_MALFORMED,
  ERROR_STATUS,
  ERROR_TIMEOUT,
  ERROR_UNREACHABLE,
  total,
} from '../state/metrics';

const PAUSE_NS: u64 = 10000000000;

const LOOKUPS = text('SP lookups failed: timeout ');
const UNREACHABLE = text(', unreachable ');
const STATUS = text(', status ');
const MALFORMED = text(', malformed answer ');
const SPANS = text('. Spans dropped: memory ');
const QUEUE = text(', queue full ');
const REFUSED = text(', refused by the backend ');
const RETRIES = text(', retries used up ');

const line = permanentBuffer();
let reported: u64 = 0;
let reportedAt: u64 = 0;

/** Logs the totals when they have grown, at most every ten seconds. */
export function reportErrors(): void {
  const errors =
    total(ERROR_TIMEOUT) +
    total(ERROR_UNREACHABLE) +
    total(ERROR_STATUS) +
    total(ERROR_MALFORMED) +
    total(DROPPED_MEMORY) +
    total(DROPPED_QUEUE) +
    total(DROPPED_REFUSED) +
    total(DROPPED_RETRIES);
  if (errors == reported) return;
  const time = now();
  if (time - reportedAt < PAUSE_NS) return;
  reported = errors;
  reportedAt = time;
  rewind(line);
  addTotal(LOOKUPS, ERROR_TIMEOUT);
  addTotal(UNREACHABLE, ERROR_UNREACHABLE);
  addTotal(STATUS, ERROR_STATUS);
  addTotal(MALFORMED, ERROR_MALFORMED);
  addTotal(SPANS, DROPPED_MEMORY);
  addTotal(QUEUE, DROPPED_QUEUE);
  addTotal(REFUSED, DROPPED_REFUSED);
  addTotal(RETRIES, DROPPED_RETRIES);
  log(WARN, wholeOf(line));
}

function addTotal(words: Slice, metric: u32): void {
  append(line, at(words), len(words));
  appendDecimal(line, total(metric));
}
