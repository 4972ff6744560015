// The keys of the existing agent's configuration, which are aliases of ours.
import { Arena, keepBytes } from '../core/arena';
import { COLON, SLASH } from '../core/ascii';
import { append, permanentBuffer, rewind, wholeOf } from '../core/buffer';
import { at, indexOf, len, parseDecimal, part, same, startsWith, text } from '../core/bytes';
import { isNull } from '../core/memory';
import {
  failed,
  isKey,
  nextItem,
  nextKey,
  openArray,
  openObject,
  readString,
  refuse,
  refuseKey,
} from '../json/reader';
import { Matcher, OF_HOST, Rule, SEARCH, createRule } from '../match/rules';
import { Root } from '../state/root';
import { readPattern } from './rules';
import { readToken } from './token';

const BACKEND_URL = text('sp_backend_url');
const SERVICE_NAME = text('service_name');
const TRAFFIC_DIRECTION = text('traffic_direction');
const PUBLIC_KEY = text('public_key');
const COLLECTION = text('collectionRules');
const EXEMPTION = text('exemptionRules');
const HTTP = text('http');
const SERVER = text('server');
const CLIENT = text('client');
const PATH = text('path');
const HOST = text('host');
const PATHS = text('paths');
const HOST_PATTERNS = text('hostPatterns');
const PATH_PATTERNS = text('pathPatterns');
const INBOUND = text('inbound');
const OUTBOUND = text('outbound');
const HTTPS = text('https://');
const HTTP_SCHEME = text('http://');
const CLUSTER_PREFIX = text('outbound|');
const CLUSTER_MIDDLE = text('||');
const PORT_443 = text('443');
const PORT_80 = text('80');
const BAD_URL = text('expected http://HOST[:PORT][/PATH] or https://...');
const BAD_DIRECTION = text('expected "inbound", "outbound", "server" or "client"');
const NO_MEMORY = text('configuration too large');

const name = permanentBuffer();
let serverRules = changetype<Rule>(0);
let clientRules = changetype<Rule>(0);

export function beginLegacy(): void {
  serverRules = changetype<Rule>(0);
  clientRules = changetype<Rule>(0);
}

/** Reads the member that was just found if it is one of the existing agent's; false if it is not. */
export function readLegacyKey(root: Root): bool {
  if (isKey(BACKEND_URL)) readUrl(root);
  else if (isKey(SERVICE_NAME)) root.serviceName = readString();
  else if (isKey(TRAFFIC_DIRECTION)) root.inbound = readDirection();
  else if (isKey(PUBLIC_KEY)) root.publicKey = readToken();
  else if (isKey(COLLECTION)) readCollection(root.arena);
  else if (isKey(EXEMPTION)) root.exempt = readExemptions(root.arena);
  else return false;
  return true;
}

/** Takes the rules of the side that is known only when all has been read. */
export function finishLegacy(root: Root): void {
  const rules = root.inbound ? serverRules : clientRules;
  if (!isNull(rules)) root.rules = rules;
}

function readDirection(): bool {
  const word = readString();
  if (same(word, SERVER) || same(word, INBOUND)) return true;
  if (!same(word, CLIENT) && !same(word, OUTBOUND)) refuse(BAD_DIRECTION);
  return false;
}

/** `https://o.softprobe.ai:8443/base` → cluster `outbound|8443||o.softprobe.ai`, its authority and path prefix. */
function readUrl(root: Root): void {
  const url = readToken();
  const isTls = startsWith(url, HTTPS);
  if (!isTls && !startsWith(url, HTTP_SCHEME)) return refuse(BAD_URL);
  const rest = part(url, isTls ? 8 : 7, len(url));
  const slash = indexOf(rest, SLASH, 0);
  const authority = part(rest, 0, slash);
  const colon = indexOf(authority, COLON, 0);
  const host = part(authority, 0, colon);
  const port =
    colon < len(authority) ? part(authority, colon + 1, len(authority)) : isTls ? PORT_443 : PORT_80;
  const number = parseDecimal(port);
  if (!len(host) || number < 1 || number > 65535) return refuse(BAD_URL);
  let end = len(rest);
  while (end > slash && load<u8>(at(rest) + end - 1) == SLASH) end--;
  rewind(name);
  append(name, at(CLUSTER_PREFIX), len(CLUSTER_PREFIX));
  append(name, at(port), len(port));
  append(name, at(CLUSTER_MIDDLE), len(CLUSTER_MIDDLE));
  append(name, at(host), len(host));
  root.cluster = keepBytes(root.arena, wholeOf(name));
  root.authority = authority;
  root.pathPrefix = part(rest, slash, end);
}

/** `{http: {server: [{path}], client: [{host, paths}]}}` */
function readCollection(arena: Arena): void {
  if (!openObject()) return;
  while (nextKey()) {
    if (!isKey(HTTP)) refuseKey();
    else if (openObject()) {
      while (nextKey()) {
        if (isKey(SERVER)) serverRules = readCollectionRules(arena);
        else if (isKey(CLIENT)) clientRules = readCollectionRules(arena);
        else refuseKey();
      }
    }
  }
}

function readCollectionRules(arena: Arena): Rule {
  let rules = changetype<Rule>(0);
  if (!openArray()) return rules;
  while (nextItem()) {
    let host = changetype<Matcher>(0);
    let paths = changetype<Rule>(0);
    if (!openObject()) return rules;
    while (nextKey()) {
      if (isKey(HOST)) host = readPattern(arena, SEARCH | OF_HOST);
      else if (isKey(PATH)) paths = onPath(arena, paths, readPattern(arena, SEARCH));
      else if (isKey(PATHS)) paths = readPatterns(arena, SEARCH, paths);
      else refuseKey();
    }
    if (isNull(paths)) paths = onPath(arena, paths, changetype<Matcher>(0));
    rules = join(paths, rules, host);
  }
  return rules;
}

function readPatterns(arena: Arena, kind: u32, first: Rule): Rule {
  let rules = first;
  if (!openArray()) return rules;
  while (nextItem()) rules = onPath(arena, rules, readPattern(arena, kind));
  return rules;
}

function onPath(arena: Arena, next: Rule, path: Matcher): Rule {
  const rule = createRule(arena);
  if (isNull(rule)) refuse(NO_MEMORY);
  if (failed) return next;
  rule.path = path;
  rule.next = next;
  return rule;
}

/** Gives every rule of `rules` the host and puts `behind` behind them. */
function join(rules: Rule, behind: Rule, host: Matcher): Rule {
  let rule = rules;
  if (isNull(rule)) return behind;
  while (true) {
    rule.host = host;
    if (isNull(rule.next)) break;
    rule = rule.next;
  }
  rule.next = behind;
  return rules;
}

/** `[{hostPatterns, pathPatterns}]`: any host of an entry with any path of it. */
function readExemptions(arena: Arena): Rule {
  let rules = changetype<Rule>(0);
  if (!openArray()) return rules;
  while (nextItem()) {
    let hosts = changetype<Rule>(0);
    let paths = changetype<Rule>(0);
    if (!openObject()) return rules;
    while (nextKey()) {
      if (isKey(HOST_PATTERNS)) hosts = readPatterns(arena, SEARCH | OF_HOST, hosts);
      else if (isKey(PATH_PATTERNS)) paths = readPatterns(arena, SEARCH, paths);
      else refuseKey();
    }
    rules = product(arena, hosts, paths, rules);
  }
  return rules;
}

function product(arena: Arena, hosts: Rule, paths: Rule, behind: Rule): Rule {
  let rules = behind;
  let host = hosts;
  const anyHost = isNull(hosts);
  const anyPath = isNull(paths);
  if (anyHost && anyPath) return rules;
  while (anyHost || !isNull(host)) {
    let path = paths;
    while (anyPath || !isNull(path)) {
      rules = onPath(arena, rules, anyPath ? changetype<Matcher>(0) : path.path);
      if (failed) return rules;
      if (!anyHost) rules.host = host.path;
      if (anyPath) break;
      path = path.next;
    }
    if (anyHost) break;
    host = host.next;
  }
  return rules;
}
