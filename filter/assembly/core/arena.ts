import { Slice, at, len, slice } from './bytes';
import { allocate, release, isNull } from './memory';

/**
 * Memory of one configuration: taken piece by piece, released all together with its context.
 *
 *   | chunk u32 | used u32 |      8 bytes
 *       └────► | next chunk u32 | size u32 | bytes ... |
 */
@unmanaged
export class Arena {
  chunk: usize;
  used: u32;
}

const CHUNK_BYTES: u32 = 4096;
const CHUNK_HEAD: u32 = 8;

export function createArena(): Arena {
  const arena = changetype<Arena>(allocate(8));
  if (isNull(arena)) return arena;
  arena.chunk = 0;
  arena.used = 0;
  return arena;
}

/** Zeroed bytes, aligned to 8; 0 when memory is short. */
export function take(arena: Arena, size: u32): usize {
  if (size > 1 << 23) return 0;
  const wanted = (size + 7) & ~7;
  const capacity = arena.chunk ? load<u32>(arena.chunk, 4) : 0;
  if (!arena.chunk || arena.used + wanted > capacity) {
    const bytes = max(CHUNK_BYTES, wanted + CHUNK_HEAD);
    const chunk = allocate(bytes);
    if (!chunk) return 0;
    store<u32>(chunk, <u32>arena.chunk);
    store<u32>(chunk, bytes, 4);
    arena.chunk = chunk;
    arena.used = CHUNK_HEAD;
  }
  const place = arena.chunk + arena.used;
  arena.used += wanted;
  memory.fill(place, 0, wanted);
  return place;
}

export function destroyArena(arena: Arena): void {
  let chunk = arena.chunk;
  while (chunk) {
    const next = <usize>load<u32>(chunk);
    release(chunk, load<u32>(chunk, 4));
    chunk = next;
  }
  release(changetype<usize>(arena), 8);
}

/** A copy that lives as long as the configuration; empty when memory is short. */
export function keepBytes(arena: Arena, bytes: Slice): Slice {
  const copy = take(arena, len(bytes));
  if (!copy) return 0;
  memory.copy(copy, at(bytes), len(bytes));
  return slice(copy, len(bytes));
}
