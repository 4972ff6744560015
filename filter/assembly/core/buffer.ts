import { copyBytes, slice, Slice } from './bytes';
import { allocate, release, roundUp } from './memory';

/**
 * A growing run of bytes.
 *
 *   | data u32 | capacity u32 | length u32 | failed u32 |   16 bytes
 *       └────► | length bytes used | free up to capacity |
 *
 * `failed` is kept until the buffer is emptied: only the user of the result has to check it, not each step of writing.
 */
@unmanaged
export class Buffer {
  data: usize;
  capacity: u32;
  length: u32;
  failed: bool;
}

export const BUFFER_BYTES: u32 = 16;

/** A buffer that lives as long as the virtual machine. */
export function permanentBuffer(): Buffer {
  const buffer = changetype<Buffer>(allocate(BUFFER_BYTES));
  memory.fill(changetype<usize>(buffer), 0, BUFFER_BYTES);
  return buffer;
}

/** Room for `size` more bytes, not yet counted as used; 0 when memory is short. */
export function reserve(buffer: Buffer, size: u32): usize {
  const wanted = <u64>buffer.length + size;
  if (wanted <= buffer.capacity) return buffer.data + buffer.length;
  if (buffer.failed || wanted > u32.MAX_VALUE / 2) return fail(buffer);
  const capacity = roundUp(<u32>wanted);
  const data = allocate(capacity);
  if (!data) return fail(buffer);
  memory.copy(data, buffer.data, buffer.length);
  release(buffer.data, buffer.capacity);
  buffer.data = data;
  buffer.capacity = capacity;
  return data + buffer.length;
}

function fail(buffer: Buffer): usize {
  buffer.failed = true;
  return 0;
}

export function append(buffer: Buffer, from: usize, size: u32): void {
  const at = reserve(buffer, size);
  if (!at) return;
  copyBytes(at, slice(from, size));
  buffer.length += size;
}

export function appendByte(buffer: Buffer, byte: u32): void {
  const at = reserve(buffer, 1);
  if (!at) return;
  store<u8>(at, byte);
  buffer.length++;
}

/** Empties the buffer and keeps its block. */
export function rewind(buffer: Buffer): void {
  buffer.length = 0;
  buffer.failed = false;
}

/** Empties the buffer and gives its block back. */
export function drop(buffer: Buffer): void {
  if (buffer.data) release(buffer.data, buffer.capacity);
  buffer.data = 0;
  buffer.capacity = 0;
  rewind(buffer);
}

/** A scratch buffer keeps a small block; a large one goes back. */
export function trim(buffer: Buffer): void {
  if (buffer.capacity > 1 << 17) drop(buffer);
  else rewind(buffer);
}

export function wholeOf(buffer: Buffer): Slice {
  return slice(buffer.data, buffer.length);
}
