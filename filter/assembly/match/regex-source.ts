// The pattern being compiled: its cursor, its code, and what is wrong with it.
import { permanentBuffer, reserve, rewind } from '../core/buffer';
import { Slice, at, len, text } from '../core/bytes';
import { INSTRUCTIONS_MAX } from './automaton';

export const NONE: i32 = -1;
export const TOO_LARGE = text('pattern too large');

/** Eight bytes an instruction, see automaton.ts. */
export const code = permanentBuffer();
/** Thirty-two bytes a class. */
export const classes = permanentBuffer();

export let pattern: Slice = 0;
export let place: u32 = 0;
export let ignoreCase: bool = false;

/** What is wrong with the pattern, 0 when nothing; and where. */
export let problem: Slice = 0;
export let problemAt: u32 = 0;

export function begin(source: Slice): void {
  rewind(code);
  rewind(classes);
  pattern = source;
  place = 0;
  problem = 0;
  problemAt = 0;
  ignoreCase = false;
}

export function reject(what: Slice): void {
  if (problem) return;
  problem = what;
  problemAt = place;
}

/** The byte at the cursor, NONE at the end. */
export function peek(): i32 {
  return place < len(pattern) ? <i32>load<u8>(at(pattern) + place) : NONE;
}

/** Moves the cursor. */
export function advance(bytes: i32): void {
  place += bytes;
}

/** From here on letters match either case. */
export function beginIgnoringCase(flagBytes: u32): void {
  ignoreCase = true;
  place = flagBytes;
}

export function take(): i32 {
  const byte = peek();
  place++;
  return byte;
}

// @ts-ignore: decorator
@inline
export function size(): u32 {
  return code.length >> 3;
}

export function emit(op: u32, byte: u32, argument: i32): void {
  const to = size() < INSTRUCTIONS_MAX ? reserve(code, 8) : 0;
  if (!to) return reject(TOO_LARGE);
  store<u32>(to, op | (byte << 8));
  store<i32>(to, argument, 4);
  code.length += 8;
}
