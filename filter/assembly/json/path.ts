// The way from the top of a configuration to the value that is read, for complaints: `capture.rules[2].path.regex`.
import { CLOSE_BRACKET, DOT, OPEN_BRACKET } from '../core/ascii';
import { Buffer, append, appendByte } from '../core/buffer';
import { Slice, at, len } from '../core/bytes';
import { appendDecimal } from '../core/decimal';

// Deeper than any configuration; `skipValue` needs no way.
export const DEPTH_MAX: u32 = 16;

export const MEMBER: u32 = 0;
export const ITEM: u32 = 1;

const NAME_BYTES_MAX: u32 = 64;

// | MEMBER or ITEM u32 | index u32 | key u64 | × 16
const steps = memory.data(16 * 16, 8);
export let depth: u32 = 0;

export function startPath(): void {
  depth = 0;
}

export function descend(kind: u32): void {
  const step = steps + ((<usize>depth) << 4);
  store<u32>(step, kind);
  store<i32>(step, -1, 4);
  store<u64>(step, 0, 8);
  depth++;
}

export function ascend(): void {
  depth--;
}

export function moveToMember(name: Slice): void {
  store<u64>(steps + ((<usize>(depth - 1)) << 4), name, 8);
}

export function moveToItem(): void {
  const step = steps + ((<usize>(depth - 1)) << 4);
  store<u32>(step, load<u32>(step, 4) + 1, 4);
}

export function appendPath(to: Buffer): void {
  for (let i: u32 = 0; i < depth; i++) {
    const step = steps + ((<usize>i) << 4);
    if (load<u32>(step) == ITEM) {
      appendByte(to, OPEN_BRACKET);
      appendDecimal(to, load<u32>(step, 4));
      appendByte(to, CLOSE_BRACKET);
      continue;
    }
    if (i > 0) appendByte(to, DOT);
    const name = load<u64>(step, 8);
    append(to, at(name), min(len(name), NAME_BYTES_MAX));
  }
}
