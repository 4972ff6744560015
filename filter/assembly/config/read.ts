// The plug-in configuration, version 1: typed and strict. See filter/README.md for the keys.
import { take } from '../core/arena';
import { DIGIT_0, LOWER_A, isDigit } from '../core/ascii';
import { Slice, at, len, parseDecimal, same, text } from '../core/bytes';
import { isNull } from '../core/memory';
import { Names, addName, createNames } from '../core/names';
import {
  closeJson,
  failed,
  isKey,
  nextItem,
  nextKey,
  openArray,
  openJson,
  openObject,
  readBoolean,
  readInteger,
  readRatio,
  readString,
  refuse,
  refuseKey,
} from '../json/reader';
import { Root, recordStatus, RULES_NONE, RULES_SHARED, RULES_USERS } from '../state/root';
import { beginLegacy, finishLegacy, readLegacyKey } from './legacy';
import { readRules } from './rules';
import { readToken } from './token';

const VERSION = text('version');
const AGENT = text('agent');
const REVISION = text('revision');
const DIRECTION = text('direction');
const SERVICE_NAME = text('serviceName');
const LOG_LEVEL = text('logLevel');
const DEBUG = text('debug');
const INFO = text('info');
const BAD_LOG_LEVEL = text('expected "info" or "debug"');
const BACKEND = text('backend');
const LOOKUP = text('lookup');
const CAPTURE = text('capture');
const SAVE = text('save');
const MEMORY = text('memory');
const CLUSTER = text('cluster');
const AUTHORITY = text('authority');
const PATH_PREFIX = text('pathPrefix');
const TIMEOUT = text('timeoutMs');
const PUBLIC_KEY_ENV = text('publicKeyEnv');
const PUBLIC_KEY = text('publicKey');
const ENABLED = text('enabled');
const WITH_BODY = text('withBody');
const HOLD_TIMEOUT = text('holdTimeoutMs');
const CIRCUIT = text('circuitBreaker');
const FAILURES = text('failures');
const OPEN = text('openMs');
const ON_ERROR = text('onError');
const IGNORE_BODY = text('ignoreBody');
const METHODS = text('methods');
const CACHE_RULES = text('cacheRules');
const SHARED = text('shared');
const USERS = text('users');
const NO_RULES = text('none');
const MARKED_BODIES = text('redactedBodies');
const REPLAY = text('replay');
const SKIP = text('skip');
const STRICT = text('strict');
const WHEN = text('when');
const RULES = text('rules');
const EXEMPT = text('exempt');
const TELEMETRY = text('telemetry');
const PORTS = text('ports');
const REQUEST_MAX = text('maxRequestBodyBytes');
const RESPONSE_MAX = text('maxResponseBodyBytes');
const STATUSES = text('statuses');
const REDACT = text('redact');
const HEADERS = text('headers');
const MORE_HEADERS = text('moreHeaders');
const PARAMETERS = text('queryParameters');
const FIELDS = text('jsonFields');
const KEY_ENV = text('keyEnv');
const SAMPLE = text('sampleRatio');
const MAX_SPANS = text('maxSpans');
const MAX_BYTES = text('maxBytes');
const FLUSH = text('flushMs');
const RETRIES = text('maxRetries');
const QUEUE = text('maxQueueBytes');
const INBOUND = text('inbound');
const OUTBOUND = text('outbound');
const FAIL = text('fail');
const GO_UPSTREAM = text('continue');
const SESSION = text('session');
const ALWAYS = text('always');

const BAD_REVISION = text('expected 12 lower-case hexadecimal digits');
const BAD_DIRECTION = text('expected "inbound" or "outbound"');
const BAD_ON_ERROR = text('expected "continue" or "fail"');
const BAD_CACHE_RULES = text('expected "shared", "users" or "none"');
const BAD_MARKED_BODIES = text('expected "replay" or "skip"');
const AUTH = text('auth');
const AUTH_BEARER = text('bearer');
const AUTH_PUBLIC_KEY = text('publicKey');
const AUTH_BOTH = text('both');
const BAD_AUTH = text('expected "publicKey", "bearer" or "both"');
const ON_ANSWER = text('onAnswer');
const PASS = text('pass');
const GO_ON = text('upstream');
const BAD_ON_ANSWER = text('expected "pass" or "upstream"');
const RETRY = text('retry');
const REFUSED = text('refused');
const TRANSIENT = text('transient');
const BAD_RETRY = text('expected "refused" or "transient"');
const PER_SESSION = text('perSession');
const BYPASS = text('bypass');
const MEMBER = text('member');
const LEGACY = text('x-sp-session-id');
const SOFTPROBE = text('x-softprobe-session-id');
const BAD_MEMBER = text('expected "x-softprobe-session-id" or "x-sp-session-id"');
const BAD_WHEN = text('expected "always" or "session"');
const BAD_STATUS = text('expected a class such as "2xx" or a code from 200 to 599');
const EMPTY = text('must not be empty');
const TOO_MANY = text('expected at most 64 ports');
const NO_MEMORY = text('configuration too large');

const PORTS_MAX: u32 = 64;

/**
 * Reads the whole configuration into `root`, which holds the defaults; false with a `refusal` when it is refused. The keys of the
 * existing agent may stand beside those of version 1.
 */
export function readConfiguration(root: Root, bytes: Slice): bool {
  openJson(bytes, root.arena);
  beginLegacy();
  if (openObject()) {
    while (nextKey()) readMember(root);
  }
  finishLegacy(root);
  return closeJson();
}

function readMember(root: Root): void {
  if (isKey(VERSION)) readInteger(1, 1);
  else if (isKey(AGENT)) root.agent = readString();
  else if (isKey(REVISION)) root.revision = readRevision();
  else if (isKey(DIRECTION)) root.inbound = readChoice(INBOUND, OUTBOUND, BAD_DIRECTION);
  else if (isKey(SERVICE_NAME)) root.serviceName = readString();
  else if (isKey(LOG_LEVEL)) root.logsRequests = readChoice(DEBUG, INFO, BAD_LOG_LEVEL);
  else if (isKey(BACKEND)) readBackend(root);
  else if (isKey(LOOKUP)) readLookup(root);
  else if (isKey(CAPTURE)) readCapture(root);
  else if (isKey(SAVE)) readSave(root);
  else if (isKey(MEMORY)) readMemory(root);
  else if (isKey(SESSION)) readSession(root);
  else if (!readLegacyKey(root)) refuseKey();
}

/** One of two words; true for the first. */
function readChoice(yes: Slice, no: Slice, otherwise: Slice): bool {
  const word = readString();
  if (same(word, yes)) return true;
  if (!same(word, no)) refuse(otherwise);
  return false;
}

function readRevision(): Slice {
  const revision = readString();
  let good = len(revision) == 12;
  for (let i: u32 = 0; good && i < 12; i++) {
    const byte = <u32>load<u8>(at(revision) + i);
    if (!isDigit(byte) && byte - LOWER_A >= 6) good = false;
  }
  if (!good) refuse(BAD_REVISION);
  return revision;
}

function readFilled(): Slice {
  const token = readToken();
  if (!len(token)) refuse(EMPTY);
  return token;
}

function readBackend(root: Root): void {
  if (!openObject()) return;
  while (nextKey()) {
    if (isKey(CLUSTER)) root.cluster = readFilled();
    else if (isKey(AUTHORITY)) root.authority = readFilled();
    else if (isKey(PATH_PREFIX)) root.pathPrefix = readToken();
    else if (isKey(TIMEOUT)) root.timeoutMs = readInteger(1, 600000);
    else if (isKey(PUBLIC_KEY_ENV)) root.publicKeyEnv = readToken();
    else if (isKey(PUBLIC_KEY)) root.publicKey = readToken();
    else if (isKey(AUTH)) readAuth(root);
    else refuseKey();
  }
}

function readAuth(root: Root): void {
  const word = readString();
  root.sendsBearer = !same(word, AUTH_PUBLIC_KEY);
  root.sendsPublicKey = !same(word, AUTH_BEARER);
  if (root.sendsBearer && root.sendsPublicKey && !same(word, AUTH_BOTH)) refuse(BAD_AUTH);
}

function readSession(root: Root): void {
  if (!openObject()) return;
  while (nextKey()) {
    if (isKey(BYPASS)) root.bypassesSessions = readBoolean();
    else if (isKey(MEMBER)) root.isLegacySession = readChoice(LEGACY, SOFTPROBE, BAD_MEMBER);
    else refuseKey();
  }
}

function readLookup(root: Root): void {
  if (!openObject()) return;
  while (nextKey()) {
    if (isKey(ENABLED)) root.lookupEnabled = readBoolean();
    else if (isKey(WITH_BODY)) root.withBody = readBoolean();
    else if (isKey(IGNORE_BODY)) root.ignoresBody = readBoolean();
    else if (isKey(METHODS)) readMethods(root);
    else if (isKey(CACHE_RULES)) root.cacheRules = readCacheRules();
    else if (isKey(MARKED_BODIES)) root.skipsMarkedBodies = readChoice(SKIP, REPLAY, BAD_MARKED_BODIES);
    else if (isKey(ON_ERROR)) root.failOnError = readChoice(FAIL, GO_UPSTREAM, BAD_ON_ERROR);
    else if (isKey(ON_ANSWER)) root.passesAnswers = readChoice(PASS, GO_ON, BAD_ON_ANSWER);
    else if (isKey(STRICT)) root.strict = readBoolean();
    else if (isKey(HOLD_TIMEOUT)) root.holdTimeoutMs = readInteger(10, 60000);
    else if (isKey(CIRCUIT)) readCircuit(root);
    else if (isKey(WHEN)) root.sessionOnly = readChoice(SESSION, ALWAYS, BAD_WHEN);
    else refuseKey();
  }
}

function readMethods(root: Root): void {
  root.methods = createNames(root.arena);
  if (isNull(root.methods)) refuse(NO_MEMORY);
  addNames(root, root.methods);
}

function readCacheRules(): u32 {
  const word = readString();
  if (same(word, SHARED)) return RULES_SHARED;
  if (same(word, USERS)) return RULES_USERS;
  if (!same(word, NO_RULES)) refuse(BAD_CACHE_RULES);
  return RULES_NONE;
}

function readCircuit(root: Root): void {
  if (!openObject()) return;
  while (nextKey()) {
    if (isKey(FAILURES)) root.circuitFailures = readInteger(0, 1000);
    else if (isKey(OPEN)) root.circuitOpenMs = readInteger(10, 3600000);
    else refuseKey();
  }
}

function readCapture(root: Root): void {
  if (!openObject()) return;
  while (nextKey()) {
    if (isKey(RULES)) root.rules = readRules(root.arena);
    else if (isKey(TELEMETRY)) {
      root.telemetry = readRules(root.arena);
      root.usesOwnTelemetry = false;
    } else if (isKey(EXEMPT)) root.exempt = readRules(root.arena);
    else if (isKey(PORTS)) readPorts(root);
    else if (isKey(REQUEST_MAX)) root.requestBodyMax = readInteger(0, 8 << 20);
    else if (isKey(RESPONSE_MAX)) root.responseBodyMax = readInteger(0, 8 << 20);
    else if (isKey(STATUSES)) readStatuses(root);
    else if (isKey(REDACT)) readRedact(root);
    else if (isKey(SAMPLE)) root.sampleBelow = <u64>(readRatio() * 4294967296.0);
    else refuseKey();
  }
}

function readPorts(root: Root): void {
  if (!openArray()) return;
  root.ports = take(root.arena, PORTS_MAX << 2);
  if (!root.ports) refuse(NO_MEMORY);
  while (nextItem()) {
    if (root.portCount == PORTS_MAX) refuse(TOO_MANY);
    const port = readInteger(1, 65535);
    if (failed) return;
    store<u32>(root.ports + ((<usize>root.portCount) << 2), port);
    root.portCount++;
  }
}

function readStatuses(root: Root): void {
  memory.fill(root.statuses, 0, 64);
  if (!openArray()) return;
  while (nextItem()) {
    const word = readString();
    if (len(word) == 3 && load<u16>(at(word) + 1) == 0x7878)
      recordClass(root, <u32>load<u8>(at(word)) - DIGIT_0);
    else {
      const code = parseDecimal(word);
      if (len(word) != 3 || code < 200 || code > 599) refuse(BAD_STATUS);
      else recordStatus(root, code);
    }
  }
}

function recordClass(root: Root, hundreds: u32): void {
  if (hundreds < 2 || hundreds > 5) return refuse(BAD_STATUS);
  for (let i: u32 = 0; i < 100; i++) recordStatus(root, hundreds * 100 + i);
}

function readRedact(root: Root): void {
  if (!openObject()) return;
  while (nextKey()) {
    if (isKey(HEADERS)) {
      root.replacesHeaders = true;
      addNames(root, root.redactedHeaders);
    } else if (isKey(MORE_HEADERS)) addNames(root, root.redactedHeaders);
    else if (isKey(PARAMETERS)) addNames(root, root.redactedParameters);
    else if (isKey(FIELDS)) addNames(root, root.redactedFields);
    else if (isKey(KEY_ENV)) root.redactionKeyEnv = readToken();
    else refuseKey();
  }
}

function addNames(root: Root, names: Names): void {
  if (failed || !openArray()) return;
  while (nextItem()) {
    const name = readString();
    if (!len(name)) refuse(EMPTY);
    if (!failed && !addName(names, name, root.arena)) refuse(NO_MEMORY);
  }
}

function readSave(root: Root): void {
  if (!openObject()) return;
  while (nextKey()) {
    if (isKey(ENABLED)) root.saves = readBoolean();
    else if (isKey(MAX_SPANS)) root.batchSpansMax = readInteger(1, 10000);
    else if (isKey(MAX_BYTES)) root.batchBytesMax = readInteger(1, 8 << 20);
    else if (isKey(FLUSH)) root.flushMs = readInteger(10, 600000);
    else if (isKey(RETRIES)) root.retriesMax = readInteger(0, 20);
    else if (isKey(RETRY)) root.retriesRefusedOnly = readChoice(REFUSED, TRANSIENT, BAD_RETRY);
    else if (isKey(PER_SESSION)) root.savesPerSession = readBoolean();
    else if (isKey(QUEUE)) root.queueBytesMax = readInteger(0, 256 << 20);
    else refuseKey();
  }
}

function readMemory(root: Root): void {
  if (!openObject()) return;
  while (nextKey()) {
    if (isKey(MAX_BYTES)) root.memoryMax = readInteger(1 << 20, 1 << 30);
    else refuseKey();
  }
}
