// Rules in the configuration: lists of {methods, host, path}, where host and path are one of four matchers.
import { Arena } from '../core/arena';
import { QUOTE } from '../core/ascii';
import { append, appendByte, permanentBuffer, rewind, wholeOf } from '../core/buffer';
import { Slice, at, len, text } from '../core/bytes';
import { appendDecimal } from '../core/decimal';
import { isNull } from '../core/memory';
import { Names, addName, createNames } from '../core/names';
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
import { problem, problemAt } from '../match/regex-source';
import {
  EXACT,
  GLOB,
  Matcher,
  OF_HOST,
  PREFIX,
  REGEX,
  Rule,
  createMatcher,
  createRule,
} from '../match/rules';

const METHODS = text('methods');
const HOST = text('host');
const PATH = text('path');
const KIND_EXACT = text('exact');
const KIND_PREFIX = text('prefix');
const KIND_GLOB = text('glob');
const KIND_REGEX = text('regex');
const ONE_MATCHER = text('expected exactly one of "exact", "prefix", "glob" and "regex"');
const AT = text(' at ');
const SEPARATOR = text(': ');
const NO_MEMORY = text('configuration too large');

const sentence = permanentBuffer();

/** A list of rules in its own order. */
export function readRules(arena: Arena): Rule {
  let head = changetype<Rule>(0);
  let last = head;
  if (!openArray()) return head;
  while (nextItem()) {
    const rule = createRule(arena);
    if (isNull(rule)) refuse(NO_MEMORY);
    if (failed) return head;
    readRule(rule, arena);
    if (!isNull(last)) last.next = rule;
    else head = rule;
    last = rule;
  }
  return head;
}

function readRule(rule: Rule, arena: Arena): void {
  if (!openObject()) return;
  while (nextKey()) {
    if (isKey(METHODS)) rule.methods = readMethods(arena);
    else if (isKey(HOST)) rule.host = readMatcher(arena, OF_HOST);
    else if (isKey(PATH)) rule.path = readMatcher(arena, 0);
    else refuseKey();
  }
}

function readMethods(arena: Arena): Names {
  const methods = createNames(arena);
  if (isNull(methods)) refuse(NO_MEMORY);
  if (failed || !openArray()) return methods;
  while (nextItem()) {
    const method = readString();
    if (!failed && !addName(methods, method, arena)) refuse(NO_MEMORY);
  }
  return methods;
}

function readMatcher(arena: Arena, subject: u32): Matcher {
  let matcher = changetype<Matcher>(0);
  if (!openObject()) return matcher;
  let count = 0;
  while (nextKey()) {
    const kind = matcherKind();
    if (failed) return matcher;
    matcher = readPattern(arena, kind | subject);
    if (++count > 1) refuse(ONE_MATCHER);
  }
  if (count == 0) refuse(ONE_MATCHER);
  return matcher;
}

function matcherKind(): u32 {
  if (isKey(KIND_EXACT)) return EXACT;
  if (isKey(KIND_PREFIX)) return PREFIX;
  if (isKey(KIND_GLOB)) return GLOB;
  if (!isKey(KIND_REGEX)) refuseKey();
  return REGEX;
}

/** The string at the cursor, compiled as a matcher of this kind. */
export function readPattern(arena: Arena, kind: u32): Matcher {
  const pattern = readString();
  const none = changetype<Matcher>(0);
  if (failed) return none;
  const matcher = createMatcher(arena, kind, pattern);
  if (isNull(matcher)) refusePattern(pattern);
  return matcher;
}

/** `"(a" at 2: missing )` */
function refusePattern(pattern: Slice): void {
  if (!problem) return refuse(NO_MEMORY);
  rewind(sentence);
  appendByte(sentence, QUOTE);
  append(sentence, at(pattern), min(len(pattern), 200));
  appendByte(sentence, QUOTE);
  append(sentence, at(AT), len(AT));
  appendDecimal(sentence, problemAt);
  append(sentence, at(SEPARATOR), len(SEPARATOR));
  append(sentence, at(problem), len(problem));
  refuse(wholeOf(sentence));
}
