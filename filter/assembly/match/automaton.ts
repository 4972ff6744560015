import { Arena, take } from '../core/arena';
import { LINE_FEED } from '../core/ascii';
import { Buffer, reserve, rewind, permanentBuffer } from '../core/buffer';
import { Slice, at, len, lower } from '../core/bytes';

/**
 * A non-deterministic automaton over bytes (Thompson 1968): all its states advance together, so that the time is
 * states × bytes whatever the pattern. Jumps are relative: code can be moved and repeated as it is.
 *
 *   | count u32 | search u32 | op u8, byte u8, -, argument i32 | ... × count | class 32 bytes | ... |
 */
export const CHAR: u32 = 0;
/** A letter of either case; the byte is lower-case. */
export const LETTER: u32 = 1;
export const ANY: u32 = 2;
/** A byte whose bit is set in the class with the argument's number. */
export const CLASS: u32 = 3;
/** Continues at the next instruction and at the argument. */
export const SPLIT: u32 = 4;
export const JUMP: u32 = 5;
export const BEGIN: u32 = 6;
export const FINISH: u32 = 7;
export const MATCH: u32 = 8;

export const INSTRUCTIONS_MAX: u32 = 1000;
const HEAD: u32 = 8;

/** Copies code and classes into one program; 0 when memory is short. */
export function link(arena: Arena, code: Buffer, classes: Buffer, search: bool): usize {
  const program = take(arena, HEAD + code.length + classes.length);
  if (!program) return 0;
  store<u32>(program, code.length >> 3);
  store<u32>(program, <u32>search, 4);
  memory.copy(program + HEAD, code.data, code.length);
  memory.copy(program + HEAD + code.length, classes.data, classes.length);
  return program;
}

// | mark u32 × n | stack u32 × n | states now u32 × n | states next u32 × n |
const workspace = permanentBuffer();
let generation: u32 = 0;
let program: usize = 0;
let count: u32 = 0;
let input: Slice = 0;

/** Whether the program accepts the whole input, or a part of it when it is a search. */
export function accepts(code: usize, bytes: Slice): bool {
  program = code;
  count = load<u32>(code);
  input = bytes;
  rewind(workspace);
  const marks = reserve(workspace, count << 4);
  // Without memory nothing matches: the request passes unrecorded.
  if (!marks) return false;
  memory.fill(marks, 0, count << 2);
  generation = 0;
  const search = load<u32>(code, 4) != 0;
  let current = marks + (count << 3);
  let next = marks + count * 12;
  let states: u32 = 0;
  for (let position: u32 = 0; position <= len(bytes); position++) {
    // The states of this position were marked while the byte before was read; the start joins them.
    if (position == 0) generation++;
    if (search || position == 0) states = follow(0, position, current, states);
    if (found) break;
    if (position == len(bytes) || (states == 0 && !search)) break;
    generation++;
    states = step(load<u8>(at(bytes) + position), position + 1, current, states, next);
    const swap = current;
    current = next;
    next = swap;
  }
  const accepted = found;
  found = false;
  return accepted;
}

let found: bool = false;

function step(byte: u32, position: u32, current: usize, states: u32, next: usize): u32 {
  let reached: u32 = 0;
  for (let i: u32 = 0; i < states; i++) {
    const state = load<u32>(current + ((<usize>i) << 2));
    if (matches(program + HEAD + ((<usize>state) << 3), byte))
      reached = follow(state + 1, position, next, reached);
  }
  return reached;
}

// @ts-ignore: decorator
@inline
function matches(instruction: usize, byte: u32): bool {
  const op = <u32>load<u8>(instruction);
  if (op == CHAR) return <u32>load<u8>(instruction, 1) == byte;
  if (op == ANY) return byte != LINE_FEED;
  if (op == LETTER) return <u32>load<u8>(instruction, 1) == lower(byte);
  const set = program + HEAD + ((<usize>count) << 3) + ((<usize>load<u32>(instruction, 4)) << 5);
  return (((<u32>load<u8>(set + (byte >> 3))) >> (byte & 7)) & 1) != 0;
}

/** Adds to `list` every byte-eating state that is reached from `start` without eating. */
function follow(start: u32, position: u32, list: usize, states: u32): u32 {
  const marks = workspace.data;
  const stack = marks + (count << 2);
  let depth = mark(marks, stack, 0, start);
  while (depth > 0) {
    depth--;
    const state = load<u32>(stack + ((<usize>depth) << 2));
    const instruction = program + HEAD + ((<usize>state) << 3);
    const op = <u32>load<u8>(instruction);
    const argument = load<i32>(instruction, 4);
    if (op == SPLIT) {
      depth = mark(marks, stack, depth, state + argument);
      depth = mark(marks, stack, depth, state + 1);
    } else if (op == JUMP) depth = mark(marks, stack, depth, state + argument);
    else if (op == BEGIN) {
      if (position == 0) depth = mark(marks, stack, depth, state + 1);
    } else if (op == FINISH) {
      if (position == len(input)) depth = mark(marks, stack, depth, state + 1);
    } else if (op == MATCH) {
      if (position == len(input) || load<u32>(program, 4)) found = true;
    } else {
      store<u32>(list + ((<usize>states) << 2), state);
      states++;
    }
  }
  return states;
}

// A state is pushed once for each position: the stack never holds more than all of them.
// @ts-ignore: decorator
@inline
function mark(marks: usize, stack: usize, depth: u32, state: u32): u32 {
  const place = marks + ((<usize>state) << 2);
  if (load<u32>(place) == generation) return depth;
  store<u32>(place, generation);
  store<u32>(stack + ((<usize>depth) << 2), state);
  return depth + 1;
}
