// The two WASI calls that Envoy serves and the filter needs: chance and the environment.
import { EQUALS } from '../core/ascii';
import { Buffer, append } from '../core/buffer';
import { Slice, at, equal, len } from '../core/bytes';
import { allocate, release } from '../core/memory';

// @ts-ignore: decorator
@external("wasi_snapshot_preview1", "random_get")
declare function random_get(to: usize, size: u32): u32;
// @ts-ignore: decorator
@external("wasi_snapshot_preview1", "environ_sizes_get")
declare function environ_sizes_get(count: usize, bytes: usize): u32;
// @ts-ignore: decorator
@external("wasi_snapshot_preview1", "environ_get")
declare function environ_get(pointers: usize, bytes: usize): u32;

// One host call fills the pool; a request takes 32 bytes of it.
const POOL_BYTES: u32 = 1024;
const pool = memory.data(1024, 8);
let unused: u32 = 0;

/** Eight random bytes that are not all zero, as the trace context wants its ids. */
export function random64(): u64 {
  while (true) {
    if (unused < 8) {
      if (random_get(pool, POOL_BYTES) != 0) return FALLBACK_ID;
      unused = POOL_BYTES;
    }
    unused -= 8;
    const value = load<u64>(pool + unused);
    if (value) return value;
  }
}

// A host without chance still gets valid ids: traces run together, requests do not suffer.
const FALLBACK_ID: u64 = 0x5350000000000001;

/** Appends the value of an environment variable of the virtual machine; false when it is not set. */
export function appendEnvironment(name: Slice, to: Buffer): bool {
  const sizes = allocate(8);
  if (!sizes) return false;
  store<u64>(sizes, 0);
  const failed = environ_sizes_get(sizes, sizes + 4);
  const count = load<u32>(sizes);
  const bytes = load<u32>(sizes, 4);
  release(sizes, 8);
  if (failed || !count || count > 4096 || bytes > 1 << 20) return false;
  const size = count * 4 + bytes;
  const block = allocate(size);
  if (!block) return false;
  const found = !environ_get(block, block + count * 4) && copyValue(block, size, name, to);
  release(block, size);
  return found;
}

/** `block` is | pointer u32 × n | NAME=value\0 | NAME=value\0 | ... |. */
function copyValue(block: usize, size: u32, name: Slice, to: Buffer): bool {
  const end = block + size;
  const first = <usize>load<u32>(block);
  if (first < block || first > end) return false;
  let entry = first;
  while (entry < end) {
    let stop = entry;
    while (stop < end && load<u8>(stop)) stop++;
    const nameEnd = entry + len(name);
    if (nameEnd < stop && load<u8>(nameEnd) == EQUALS && equal(entry, at(name), len(name))) {
      append(to, nameEnd + 1, <u32>(stop - nameEnd - 1));
      return true;
    }
    entry = stop + 1;
  }
  return false;
}
