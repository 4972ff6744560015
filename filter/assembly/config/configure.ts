// Makes a configuration ready for traffic, or logs in one line why it is refused.
import { Arena, take } from '../core/arena';
import { append, drop, permanentBuffer, rewind, wholeOf } from '../core/buffer';
import { Slice, at, len, text } from '../core/bytes';
import { raiseLimit, isNull } from '../core/memory';
import { Names, addName, createNames, isEmpty } from '../core/names';
import { nextWord, openWords, word } from '../core/words';
import { ERROR, INFO, PLUGIN_CONFIGURATION, getBody, log, setTickPeriod } from '../host/abi';
import { refusal } from '../json/reader';
import { defineMetrics } from '../state/metrics';
import { reportConfigured } from '../state/revision-metrics';
import { Root, recordStatus, RULES_SHARED } from '../state/root';
import { establishIdentity, takeKey, takeRedactionKey } from './identity';
import { readConfiguration } from './read';

const NO_CONFIGURATION = text('{}');
const REFUSED = text('SP configuration refused: ');
const NO_MEMORY = text('SP configuration refused: not enough memory');
const BAD_KEY = text(
  'SP configuration refused: backend.publicKeyEnv: the value of that variable must be UTF-8 without blanks and control characters',
);
const CONFIGURED = text('SP ');
const REVISION = text(' configured, revision ');
const SERVICE = text(', service ');
const GATEWAY = text(', passive: this proxy is a gateway');
const UNNAMED = text('agent');
const NONE = text('none');

const DEFAULT_CLUSTER = text('outbound|443||o.softprobe.ai');
const DEFAULT_AUTHORITY = text('o.softprobe.ai');
const SAFE_METHODS = text('get head');
// Credentials, whatever the application calls them: a header too many costs a recording nothing, as its marker differs by value.
const SECRET_HEADERS = text(
  'authorization cookie set-cookie dpop jwt *authorization* *authenticat* *cookie* *token* *secret* *passw* *passphrase* *credential* *api-key* *apikey* *api_key* *access-key* *access_key* *auth-key* *account-key* *private-key* *subscription-key* *encryption-key* *customer-key *license-key* *-auth *-jwt* *csrf* *xsrf* *saml* *oidc-data *signature* *client-cert* *-ssl-cert* *clientcert *client-principal *-otp',
);
// Headers that hold URLs, whose parameters are redacted; among them those in which proxies keep the path as the client sent it.
const URL_HEADERS = text(
  '*referer* *location* *-url *-uri *redirect* *rewrite-url *sourcemap link refresh destination *envoy-original-path azure-asyncoperation alternates uri',
);

const source = permanentBuffer();
const line = permanentBuffer();

/** True when the configuration is accepted. The host refuses the plug-in otherwise. */
export function configure(root: Root, size: u32): bool {
  if (root.ready) return true;
  if (!setDefaults(root)) return refuse(NO_MEMORY);
  rewind(source);
  const isRead = size == 0 || getBody(PLUGIN_CONFIGURATION, 0, size, source) >= 0;
  if (!isRead) return refuse(NO_MEMORY);
  // No configuration at all is one that leaves everything open.
  if (!readConfiguration(root, size ? wholeOf(source) : NO_CONFIGURATION)) return refuse(refusalLine());
  drop(source);
  if (!root.replacesHeaders && !addWordsTo(root.redactedHeaders, SECRET_HEADERS, root.arena))
    return refuse(NO_MEMORY);
  if (!takeKey(root)) return refuse(BAD_KEY);
  if (!takeRedactionKey(root)) return refuse(NO_MEMORY);
  if (!establishIdentity(root)) return refuse(NO_MEMORY);
  if (isNull(root.methods) && root.cacheRules == RULES_SHARED && !setSafeMethods(root))
    return refuse(NO_MEMORY);
  // What gets no answer must not slip past a backend that is to answer everything.
  if (root.strict) root.failOnError = true;
  if (!root.holdTimeoutMs) root.holdTimeoutMs = root.timeoutMs;
  root.tickMs = tickPeriod(root);
  root.redactsBodies = !isEmpty(root.redactedFields) || !isEmpty(root.redactedParameters);
  raiseLimit(root.memoryMax);
  // Gauges wait for the first tick: Envoy first tries a configuration in a virtual machine that it discards.
  defineMetrics();
  reportConfigured(root.revision);
  setTickPeriod(root.tickMs);
  log(INFO, describe(root));
  root.ready = true;
  return true;
}

function setDefaults(root: Root): bool {
  const arena = root.arena;
  root.statuses = take(arena, 64);
  root.redactedHeaders = createNames(arena);
  root.redactedParameters = createNames(arena);
  root.redactedFields = createNames(arena);
  root.urlHeaders = createNames(arena);
  if (!root.statuses || isNull(root.urlHeaders)) return false;
  for (let status: u32 = 200; status < 300; status++) recordStatus(root, status);
  root.lookupEnabled = true;
  root.bypassesSessions = root.sendsPublicKey = root.isLegacySession = true;
  root.saves = true;
  root.usesOwnTelemetry = true;
  root.timeoutMs = 1000;
  root.circuitFailures = 5;
  root.circuitOpenMs = 5000;
  root.requestBodyMax = 256 << 10;
  root.responseBodyMax = 512 << 10;
  root.memoryMax = 64 << 20;
  root.sampleBelow = (<u64>1) << 32;
  root.cluster = DEFAULT_CLUSTER;
  root.authority = DEFAULT_AUTHORITY;
  root.batchSpansMax = 64;
  root.batchBytesMax = 256 << 10;
  root.flushMs = 1000;
  root.retriesMax = 3;
  root.queueBytesMax = 4 << 20;
  return addWordsTo(root.urlHeaders, URL_HEADERS, arena);
}

/** A hold may end one tick early: an eighth of its bound. Without holds, the timer runs for saves alone. */
function tickPeriod(root: Root): u32 {
  const hold = root.lookupEnabled && root.withBody ? max(10, root.holdTimeoutMs >> 3) : u32.MAX_VALUE;
  return min(root.flushMs, hold);
}

/** Those of which a cache may answer a repetition: the others change something. */
function setSafeMethods(root: Root): bool {
  root.methods = createNames(root.arena);
  return !isNull(root.methods) && addWordsTo(root.methods, SAFE_METHODS, root.arena);
}

function addWordsTo(names: Names, words: Slice, arena: Arena): bool {
  openWords(words);
  while (nextWord()) {
    if (!addName(names, word, arena)) return false;
  }
  return true;
}

function refuse(why: Slice): bool {
  log(ERROR, why);
  drop(source);
  return false;
}

function refusalLine(): Slice {
  rewind(line);
  append(line, at(REFUSED), len(REFUSED));
  append(line, refusal.data, refusal.length);
  return wholeOf(line);
}

/** `SP shop/checkout configured, revision 9f2c41d07a3e, service checkout` */
function describe(root: Root): Slice {
  rewind(line);
  addWords(CONFIGURED);
  addWords(len(root.agent) ? root.agent : UNNAMED);
  addWords(REVISION);
  addWords(len(root.revision) ? root.revision : NONE);
  addWords(SERVICE);
  addWords(root.serviceName);
  if (root.passive) addWords(GATEWAY);
  return wholeOf(line);
}

function addWords(words: Slice): void {
  append(line, at(words), len(words));
}
