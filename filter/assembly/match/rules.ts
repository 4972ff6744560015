import { Arena, take } from '../core/arena';
import { CLOSE_BRACKET, COLON } from '../core/ascii';
import { Slice, at, len, lower, lowerInPlace, same, startsWith } from '../core/bytes';
import { isNull } from '../core/memory';
import { Names, hasName, isEmpty } from '../core/names';
import { accepts, link } from './automaton';
import { compileGlob, compileRegex } from './regex';
import { classes, code } from './regex-source';

export const EXACT: u32 = 0;
export const PREFIX: u32 = 1;
export const GLOB: u32 = 2;
export const REGEX: u32 = 3;
/** A regular expression of the existing agent, which may match a part of the value. */
export const SEARCH: u32 = 4;
/** Added to the kind of a matcher for hosts, which have no case; its text becomes lower-case where it is. */
export const OF_HOST: u32 = 8;

/** Matches one value. | text u64 | kind u32 | program u32 |  16 bytes */
@unmanaged
export class Matcher {
  text: Slice;
  kind: u32;
  program: usize;
}

/**
 * What a request must be like; parts that are absent match everything.
 *
 *   | next u32 | methods u32 | host u32 | path u32 |  16 bytes
 */
@unmanaged
export class Rule {
  next: Rule;
  methods: Names;
  host: Matcher;
  path: Matcher;
}

/** Compiles a matcher; null when memory is short or the pattern is bad (see regex-source.ts: `problem`). */
export function createMatcher(arena: Arena, written: u32, text: Slice): Matcher {
  const matcher = changetype<Matcher>(take(arena, 16));
  if (isNull(matcher)) return matcher;
  const isOfHost = (written & OF_HOST) != 0;
  const kind = written & ~OF_HOST;
  // The letters of a regular expression also stand for classes: it is compiled to ignore case instead.
  if (isOfHost && kind < REGEX) lowerInPlace(text);
  matcher.kind = kind;
  matcher.text = text;
  if (kind < GLOB) return matcher;
  const understood = kind == GLOB ? compileGlob(text) : compileRegex(text, isOfHost);
  matcher.program = understood ? link(arena, code, classes, kind == SEARCH) : 0;
  return matcher.program ? matcher : changetype<Matcher>(0);
}

export function createRule(arena: Arena): Rule {
  return changetype<Rule>(take(arena, 16));
}

function matchesValue(matcher: Matcher, value: Slice): bool {
  if (isNull(matcher)) return true;
  if (matcher.kind == EXACT) return same(value, matcher.text);
  if (matcher.kind == PREFIX) return startsWith(value, matcher.text);
  return accepts(matcher.program, value);
}

/** Position of the first rule that matches, from 1; 0: none does. A host has no port, a path no query. */
export function firstMatch(first: Rule, method: Slice, host: Slice, path: Slice): u32 {
  let rule = first;
  let position: u32 = 0;
  while (!isNull(rule)) {
    position++;
    const methods = rule.methods;
    const isMethod = isNull(methods) || isEmpty(methods) || hasName(methods, method);
    if (isMethod && matchesValue(rule.host, host) && matchesValue(rule.path, path)) return position;
    rule = rule.next;
  }
  return 0;
}

/** The host of an authority: lower-case where it is, without the port. */
export function hostOf(authority: Slice): Slice {
  let end = len(authority);
  for (let i: u32 = 0; i < len(authority); i++) {
    const byte = load<u8>(at(authority) + i);
    store<u8>(at(authority) + i, <u8>lower(byte));
    if (byte == COLON) end = i;
    // An IPv6 address has colons inside its brackets.
    if (byte == CLOSE_BRACKET) end = len(authority);
  }
  return (authority & ~0xffffffff) | end;
}
