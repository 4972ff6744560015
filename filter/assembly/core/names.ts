import { Arena, createArena, take } from './arena';
import { ASTERISK } from './ascii';
import { Slice, at, copyBytes, equal, indexOf, len, lower, lowerInPlace } from './bytes';
import { isNull } from './memory';
import { nextWord, openWords, word } from './words';

/**
 * A list of lower-case names, and of patterns in which `*` stands for any run of bytes. Most names that are looked up are not in
 * it: a filter by length keeps them from the names, a filter by four bytes in a row from the patterns.
 *
 *   | lengths u64 | first u32 | patterns u32 | short u32 | windows u32 | answers u32 |
 *         └────► | name u64 | next u32 | window u32 |
 *
 * Traffic repeats its names: of a list with patterns the last answers are kept, each in a slot that its name's bytes choose.
 *
 *   answers ► | length u8 | answer u8 | name, 30 bytes | × 64
 */
@unmanaged
export class Names {
  /** Bit n: some name has n bytes (63: or more). */
  lengths: u64;
  first: usize;
  /** Patterns with four literal bytes in a row. */
  patterns: usize;
  /** Patterns without, which are tried on every name. */
  short: usize;
  /** Bit h: four bytes with the hash h are in one of `patterns`. */
  windows: usize;
  answers: usize;
}

@unmanaged
class Name {
  name: Slice;
  next: usize;
  /** Of a pattern: the four bytes by which it is found, as `windowAt` gives them. */
  window: u32;
}

/** An empty list; null when memory is short. */
export function createNames(arena: Arena): Names {
  return changetype<Names>(take(arena, offsetof<Names>()));
}

/** Adds a name or pattern and makes its bytes lower-case where they are. */
export function addName(names: Names, name: Slice, arena: Arena): bool {
  const entry = changetype<Name>(take(arena, offsetof<Name>()));
  if (isNull(entry)) return false;
  lowerInPlace(name);
  entry.name = name;
  if (indexOf(name, ASTERISK, 0) < len(name)) return addPattern(names, entry, arena);
  entry.next = names.first;
  names.first = changetype<usize>(entry);
  names.lengths |= lengthBit(len(name));
  return true;
}

// @ts-ignore: decorator
@inline
function lengthBit(length: u32): u64 {
  return (<u64>1) << min(length, 63);
}

const WINDOW_BITS: u32 = 4096;

/** Four bytes, letters of either case alike: of other bytes it does not matter which are. */
// @ts-ignore: decorator
@inline
function windowAt(p: usize): u32 {
  return load<u32>(p) | 0x20202020;
}

// @ts-ignore: decorator
@inline
function hashWindow(window: u32): u32 {
  return (window * 0x9e3779b1) >> 20;
}

function addPattern(names: Names, entry: Name, arena: Arena): bool {
  const window = lastWindow(entry.name);
  if (!window) {
    entry.next = names.short;
    names.short = changetype<usize>(entry);
    return true;
  }
  if (!names.windows) names.windows = take(arena, WINDOW_BITS >> 3);
  if (!names.answers) names.answers = take(arena, ANSWERS * ANSWER_BYTES);
  if (!names.windows || !names.answers) return false;
  entry.window = windowAt(window);
  const hash = hashWindow(entry.window);
  const place = names.windows + (hash >> 3);
  store<u8>(place, (<u32>load<u8>(place)) | (1 << (hash & 7)));
  entry.next = names.patterns;
  names.patterns = changetype<usize>(entry);
  return true;
}

/** The last four literal bytes in a row of a pattern: the end of a word is rarer than its beginning. 0 when there are none. */
function lastWindow(pattern: Slice): usize {
  let literals: u32 = 0;
  for (let i = len(pattern); i > 0; i--) {
    literals = load<u8>(at(pattern) + i - 1) == ASTERISK ? 0 : literals + 1;
    if (literals == 4) return at(pattern) + i - 1;
  }
  return 0;
}

const ANSWERS: u32 = 64;
const ANSWER_BYTES: u32 = 32;
const ANSWER_NAME_MAX: u32 = 30;

/** Whether the name is in the list or fits a pattern of it, letters of either case alike. */
export function hasName(names: Names, name: Slice): bool {
  const size = len(name);
  if (!names.answers || size < 4 || size > ANSWER_NAME_MAX) return search(names, name);
  const hash = (load<u32>(at(name)) ^ load<u32>(at(name) + size - 4) ^ size) * 0x9e3779b1;
  const answer = names.answers + (hash >> 26) * ANSWER_BYTES;
  if (load<u8>(answer) == size && equal(answer + 2, at(name), size)) return load<u8>(answer, 1) != 0;
  const isFound = search(names, name);
  store<u8>(answer, size);
  store<u8>(answer, isFound ? 1 : 0, 1);
  copyBytes(answer + 2, name);
  return isFound;
}

function search(names: Names, name: Slice): bool {
  if (names.lengths & lengthBit(len(name)) && isListed(names, name)) return true;
  if (names.short && fitsAny(names.short, name)) return true;
  return names.patterns != 0 && fitsByWindow(names, name);
}

function fitsAny(first: usize, name: Slice): bool {
  let entry = first;
  while (entry) {
    const pattern = changetype<Name>(entry);
    if (fits(pattern.name, name)) return true;
    entry = pattern.next;
  }
  return false;
}

function isListed(names: Names, name: Slice): bool {
  let entry = names.first;
  while (entry) {
    const known = changetype<Name>(entry);
    if (len(known.name) == len(name) && sameIgnoringCase(at(known.name), at(name), len(name))) return true;
    entry = known.next;
  }
  return false;
}

function sameIgnoringCase(known: usize, bytes: usize, length: u32): bool {
  for (let i: u32 = 0; i < length; i++) {
    if (<u32>load<u8>(known + i) != lower(load<u8>(bytes + i))) return false;
  }
  return true;
}

function fitsByWindow(names: Names, name: Slice): bool {
  const windows = names.windows;
  const end = at(name) + len(name);
  for (let p = at(name); p + 4 <= end; p++) {
    const window = windowAt(p);
    const hash = hashWindow(window);
    const isKnown = ((<u32>load<u8>(windows + (hash >> 3))) >> (hash & 7)) & 1;
    if (isKnown && fitsAnyWith(names.patterns, window, name)) return true;
  }
  return false;
}

/** A name that fits a pattern has the pattern's window somewhere: other patterns need not be tried there. */
function fitsAnyWith(first: usize, window: u32, name: Slice): bool {
  let entry = first;
  while (entry) {
    const pattern = changetype<Name>(entry);
    if (pattern.window == window && fits(pattern.name, name)) return true;
    entry = pattern.next;
  }
  return false;
}

/** Whether the name fits the pattern: a mismatch goes back to the last `*`, which then takes one byte more. */
function fits(pattern: Slice, name: Slice): bool {
  let p: u32 = 0;
  let n: u32 = 0;
  let star: u32 = u32.MAX_VALUE;
  let taken: u32 = 0;
  while (n < len(name)) {
    const wanted = p < len(pattern) ? <u32>load<u8>(at(pattern) + p) : 0;
    if (p < len(pattern) && wanted == ASTERISK) {
      star = p++;
      taken = n;
    } else if (p < len(pattern) && wanted == lower(load<u8>(at(name) + n))) {
      p++;
      n++;
    } else if (star != u32.MAX_VALUE) {
      p = star + 1;
      n = ++taken;
    } else return false;
  }
  while (p < len(pattern) && load<u8>(at(pattern) + p) == ASTERISK) p++;
  return p == len(pattern);
}

export function isEmpty(names: Names): bool {
  return names.first == 0 && names.patterns == 0 && names.short == 0;
}

const permanent = createArena();

/** A list of words (core/words.ts) that lives as long as the virtual machine. */
export function permanentNames(words: Slice): Names {
  const names = createNames(permanent);
  openWords(words);
  while (nextWord()) addName(names, word, permanent);
  return names;
}
