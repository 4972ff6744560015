// Regular expressions: the part of RE2's syntax (https://github.com/google/re2/wiki/Syntax) that byte-wise matching of
// paths and hosts needs. Literals, ., classes, groups, alternation, ^ $, * + ? {n,m} and a leading (?i).
import {
  ASTERISK,
  BACKSLASH,
  CARET,
  CLOSE_BRACE,
  CLOSE_PARENTHESIS,
  COMMA,
  DIGIT_0,
  DOLLAR,
  DOT,
  OPEN_BRACE,
  OPEN_BRACKET,
  OPEN_PARENTHESIS,
  PIPE,
  PLUS,
  QUESTION_MARK,
  SLASH,
  isDigit,
  isLetter,
} from '../core/ascii';
import { reserve } from '../core/buffer';
import { Slice, at, len, lower, slice, startsWith, text } from '../core/bytes';
import { ANY, BEGIN, CHAR, FINISH, INSTRUCTIONS_MAX, JUMP, LETTER, MATCH, SPLIT } from './automaton';
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
  reject,
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
  if (!problem && place < len(pattern)) reject(EXTRA_CLOSE);
  emit(MATCH, 0, 0);
  return !problem;
}

/** `*` is any run without `/`, `**` any run, `?` one byte that is not `/`. */
export function compileGlob(source: Slice): bool {
  begin(source);
  while (place < len(pattern) && !problem) {
    const start = size();
    const byte = take();
    if (byte == ASTERISK) {
      if (peek() == ASTERISK) {
        advance(1);
        emit(ANY, 0, 0);
      } else notSlash();
      star(start);
    } else if (byte == QUESTION_MARK) notSlash();
    else emit(CHAR, byte, 0);
  }
  emit(MATCH, 0, 0);
  return !problem;
}

function notSlash(): void {
  const set = newClass();
  if (!set) return;
  addRange(set, SLASH, SLASH);
  invert(set);
}

/** Moves the code from `index` on by one and puts a SPLIT there. Jumps inside are relative and stay right. */
function insertSplit(index: u32, argument: i32): void {
  emit(SPLIT, 0, 0);
  if (problem) return;
  const from = code.data + ((<usize>index) << 3);
  memory.copy(from + 8, from, code.length - (index << 3) - 8);
  store<u32>(from, SPLIT);
  store<i32>(from, argument, 4);
}

function alternation(depth: u32): void {
  if (depth > DEPTH_MAX) return reject(TOO_DEEP);
  // The jumps behind the branches form a list through their arguments until the end is known.
  let last: i32 = NONE;
  while (true) {
    const start = size();
    while (!problem && place < len(pattern) && peek() != PIPE && peek() != CLOSE_PARENTHESIS) repeated(depth);
    if (problem || peek() != PIPE) break;
    advance(1);
    insertSplit(start, size() - start + 2);
    emit(JUMP, 0, last);
    last = <i32>size() - 1;
  }
  while (!problem && last != NONE) {
    const jump = code.data + ((<usize>last) << 3);
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
    if (next == ASTERISK) star(start);
    else if (next == PLUS) emit(SPLIT, 0, <i32>start - <i32>size());
    else if (next == QUESTION_MARK) insertSplit(start, size() - start + 1);
    else if (next == OPEN_BRACE) {
      counted(start);
      continue;
    } else return;
    advance(1);
    // A lazy quantifier accepts the same values.
    if (peek() == QUESTION_MARK) advance(1);
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
  if (peek() == COMMA) {
    advance(1);
    most = peek() == CLOSE_BRACE ? NONE : number();
    if (most == NONE && peek() != CLOSE_BRACE) return reject(BAD_REPEAT);
  }
  if (least == NONE || peek() != CLOSE_BRACE || (most != NONE && most < least)) return reject(BAD_REPEAT);
  advance(1);
  if (peek() == QUESTION_MARK) advance(1);
  repeat(start, least, most);
}

/** A number up to 1000; NONE without digits or above it. */
function number(): i32 {
  let value: i32 = NONE;
  while (isDigit(peek())) {
    value = (value == NONE ? 0 : value * 10) + (take() - DIGIT_0);
    if (value > REPEAT_MAX) return NONE;
  }
  return value;
}

/** Writes the atom behind `start` `least` times, and up to `most` times or without limit (NONE). */
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
  if (size() + length > INSTRUCTIONS_MAX || !reserve(code, bytes)) return reject(TOO_LARGE);
  memory.copy(code.data + code.length, code.data + ((<usize>start) << 3), bytes);
  code.length += bytes;
}

function atom(depth: u32): void {
  const byte = take();
  if (byte == OPEN_PARENTHESIS) return group(depth);
  if (byte == OPEN_BRACKET) return characterClass();
  if (byte == DOT) return emit(ANY, 0, 0);
  if (byte == CARET) return emit(BEGIN, 0, 0);
  if (byte == DOLLAR) return emit(FINISH, 0, 0);
  if (byte == BACKSLASH) return escape();
  if (byte == ASTERISK || byte == PLUS || byte == QUESTION_MARK || byte == OPEN_BRACE) {
    advance(-1);
    return reject(NOTHING_TO_REPEAT);
  }
  literal(byte);
}

function literal(byte: u32): void {
  const small = lower(byte);
  if (ignoreCase && isLetter(small)) emit(LETTER, small, 0);
  else emit(CHAR, byte, 0);
}

function group(depth: u32): void {
  if (peek() == QUESTION_MARK) {
    const head = slice(at(pattern) + place - 1, len(pattern) - place + 1);
    if (!startsWith(head, NON_CAPTURING)) return reject(BAD_GROUP);
    advance(2);
  }
  alternation(depth + 1);
  if (peek() != CLOSE_PARENTHESIS) return reject(MISSING_CLOSE);
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
  if (byte == NONE) return reject(BAD_ESCAPE);
  literal(byte);
}
