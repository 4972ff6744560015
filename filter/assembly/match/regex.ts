// Regular expressions: the part of RE2's syntax (https://github.com/google/re2/wiki/Syntax) that byte-wise matching of
// paths and hosts needs. Literals, ., classes, groups, alternation, ^ $, * + ? {n,m} and a leading (?i).
import { ANY, BEGIN, CHAR, FINISH, INSTRUCTIONS_MAX, JUMP, LETTER, MATCH, SPLIT } from './automaton';
import { reserve } from '../core/buffer';
import { Slice, at, len, lower, slice, startsWith, text } from '../core/bytes';
import {
  BAD_ESCAPE,
  addRange,
  addShorthand,
  characterClass,
  escapedByte,
  invert,
  isShorthand,
  newClass,
} from './regex-class';
import {
  NONE,
  TOO_LARGE,
  advance,
  begin,
  beginIgnoringCase,
  code,
  complain,
  emit,
  ignoreCase,
  pattern,
  peek,
  place,
  problem,
  size,
  take,
} from './regex-source';

const DEPTH_MAX: u32 = 100;
const REPEAT_MAX: i32 = 1000;

const IGNORE_CASE = text('(?i)');
const NON_CAPTURING = text('(?:');

const MISSING_CLOSE = text('missing )');
const EXTRA_CLOSE = text('unexpected )');
const NOTHING_TO_REPEAT = text('nothing to repeat');
const BAD_REPEAT = text('bad repetition; use {n}, {n,} or {n,m} up to 1000');
const BAD_GROUP = text('unsupported group (look-around and names are not supported)');
const TOO_DEEP = text('groups nest deeper than 100');

/** Compiles into `code` and `classes`; false and a problem when the pattern is not understood. */
export function compileRegex(source: Slice, ignoresCase: bool): bool {
  begin(source);
  if (ignoresCase) beginIgnoringCase(0);
  if (startsWith(source, IGNORE_CASE)) beginIgnoringCase(len(IGNORE_CASE));
  alternation(0);
  if (!problem && place < len(pattern)) complain(EXTRA_CLOSE);
  emit(MATCH, 0, 0);
  return !problem;
}

/** `*` is any run without `/`, `**` any run, `?` one byte that is not `/`. */
export function compileGlob(source: Slice): bool {
  begin(source);
  while (place < len(pattern) && !problem) {
    const start = size();
    const byte = take();
    if (byte == 42) {
      if (peek() == 42) {
        advance(1);
        emit(ANY, 0, 0);
      } else notSlash();
      star(start);
    } else if (byte == 63) notSlash();
    else emit(CHAR, byte, 0);
  }
  emit(MATCH, 0, 0);
  return !problem;
}

function notSlash(): void {
  const set = newClass();
  if (!set) return;
  addRange(set, 47, 47);
  invert(set);
}

/** Moves the code from `index` on by one and puts a SPLIT there. Jumps inside are relative and stay right. */
function insertSplit(index: u32, argument: i32): void {
  emit(SPLIT, 0, 0);
  if (problem) return;
  const from = code.data + (<usize>index << 3);
  memory.copy(from + 8, from, code.length - (index << 3) - 8);
  store<u32>(from, SPLIT);
  store<i32>(from, argument, 4);
}

function alternation(depth: u32): void {
  if (depth > DEPTH_MAX) return complain(TOO_DEEP);
  // The jumps behind the branches form a list through their arguments until the end is known.
  let last: i32 = NONE;
  while (true) {
    const start = size();
    while (!problem && place < len(pattern) && peek() != 124 && peek() != 41) repeated(depth);
    if (problem || peek() != 124) break;
    advance(1);
    insertSplit(start, size() - start + 2);
    emit(JUMP, 0, last);
    last = <i32>size() - 1;
  }
  while (!problem && last != NONE) {
    const jump = code.data + (<usize>last << 3);
    const previous = load<i32>(jump, 4);
    store<i32>(jump, <i32>size() - last, 4);
    last = previous;
  }
}

function repeated(depth: u32): void {
  const start = size();
  atom(depth);
  while (!problem) {
    const next = peek();
    if (next == 42) star(start);
    else if (next == 43) emit(SPLIT, 0, <i32>start - <i32>size());
    else if (next == 63) insertSplit(start, size() - start + 1);
    else if (next == 123) {
      counted(start);
      continue;
    } else return;
    advance(1);
    // A lazy quantifier accepts the same values.
    if (peek() == 63) advance(1);
  }
}

function star(start: u32): void {
  const length = size() - start;
  insertSplit(start, length + 2);
  emit(JUMP, 0, -(<i32>length) - 1);
}

function counted(start: u32): void {
  advance(1);
  const least = number();
  let most = least;
  if (peek() == 44) {
    advance(1);
    most = peek() == 125 ? NONE : number();
    if (most == NONE && peek() != 125) return complain(BAD_REPEAT);
  }
  if (least == NONE || peek() != 125 || (most != NONE && most < least)) return complain(BAD_REPEAT);
  advance(1);
  if (peek() == 63) advance(1);
  repeat(start, least, most);
}

/** A number up to 1000, NONE when there is none. */
function number(): i32 {
  let value: i32 = NONE;
  while (peek() >= 48 && peek() <= 57) {
    value = (value == NONE ? 0 : value * 10) + (take() - 48);
    if (value > REPEAT_MAX) return NONE;
  }
  return value;
}

/** Writes the atom behind `start` `least` times, and up to `most` times or for ever (NONE). */
function repeat(start: u32, least: i32, most: i32): void {
  const length = size() - start;
  const copies = most == NONE ? least + 1 : most;
  for (let i: i32 = 1; i < copies && !problem; i++) copyAtom(start, length);
  if (problem) return;
  if (most == NONE) return star(start + length * least);
  if (most == 0) {
    code.length = start << 3;
    return;
  }
  // From the last optional copy back, so that the earlier ones keep their place.
  for (let i = most - 1; i >= least && !problem; i--) insertSplit(start + length * i, length + 1);
}

function copyAtom(start: u32, length: u32): void {
  const bytes = length << 3;
  if (size() + length > INSTRUCTIONS_MAX || !reserve(code, bytes)) return complain(TOO_LARGE);
  memory.copy(code.data + code.length, code.data + (<usize>start << 3), bytes);
  code.length += bytes;
}

function atom(depth: u32): void {
  const byte = take();
  if (byte == 40) return group(depth);
  if (byte == 91) return characterClass();
  if (byte == 46) return emit(ANY, 0, 0);
  if (byte == 94) return emit(BEGIN, 0, 0);
  if (byte == 36) return emit(FINISH, 0, 0);
  if (byte == 92) return escape();
  if (byte == 42 || byte == 43 || byte == 63 || byte == 123) {
    advance(-1);
    return complain(NOTHING_TO_REPEAT);
  }
  literal(byte);
}

function literal(byte: u32): void {
  const small = lower(byte);
  if (ignoreCase && small - 97 < 26) emit(LETTER, small, 0);
  else emit(CHAR, byte, 0);
}

function group(depth: u32): void {
  if (peek() == 63) {
    const head = slice(at(pattern) + place - 1, len(pattern) - place + 1);
    if (!startsWith(head, NON_CAPTURING)) return complain(BAD_GROUP);
    advance(2);
  }
  alternation(depth + 1);
  if (peek() != 41) return complain(MISSING_CLOSE);
  advance(1);
}

function escape(): void {
  const letter = peek();
  if (isShorthand(letter)) {
    advance(1);
    const set = newClass();
    if (set) addShorthand(set, letter);
    return;
  }
  const byte = escapedByte();
  if (byte == NONE) return complain(BAD_ESCAPE);
  literal(byte);
}

