// The allocator: power-of-two blocks with one free list for each size. Everything that the filter keeps lies in
// such blocks; there are no managed objects, so nothing collects garbage and nothing moves.
//
//   block         free:   | next free block u32 | ...                        |
//                 in use: | the owner's bytes, 2^n of them (32 B .. 16 MiB)    |
//
// A block carries no header: its owner stores a capacity anyway, and frees it by that size.

const CLASS_MIN: u32 = 5;
const CLASS_MAX: u32 = 24;

// | head of class 0 | head of class 1 | ... | head of class 24 |
const heads = memory.data(25 * 4, 4);
// | first u32 | last u32 | × 512, all zero but while blocks are sorted
const buckets = memory.data(512 * 8, 8);

let bump: usize = (__heap_base + 63) & ~63;
let inUse: u32 = 0;
// Enough for what the module makes before it is configured.
let limit: u32 = 1 << 20;
let releasesSinceMerge: u32 = 0;
let freeAfterMerge: u32 = 0;

// @ts-ignore: decorator
@inline
function classOf(size: u32): u32 {
  return size <= 32 ? CLASS_MIN : 32 - clz(size - 1);
}

/** The bytes that a block for `size` has in fact. */
export function roundUp(size: u32): u32 {
  return 1 << classOf(size);
}

/** A block of at least `size` bytes, its content undefined; 0 when the cap is reached or the host has no memory left. */
export function allocate(size: u32): usize {
  if (size > 1 << CLASS_MAX) return 0;
  const index = classOf(size);
  const bytes: u32 = 1 << index;
  if (inUse + bytes > limit) return 0;
  const head = heads + ((<usize>index) << 2);
  let block = <usize>load<u32>(head);
  if (block) store<u32>(head, load<u32>(block));
  else {
    block = extend(bytes);
    if (!block) block = split(index);
    if (!block && merge()) {
      block = split(index);
      if (!block) block = extend(bytes);
    }
    if (!block) return 0;
  }
  inUse += bytes;
  return block;
}

/** Gives back a block that was allocated for `size` bytes. */
export function release(block: usize, size: u32): void {
  if (!block) return;
  const index = classOf(size);
  push(block, index);
  inUse -= 1 << index;
  releasesSinceMerge++;
}

// @ts-ignore: decorator
@inline
function push(block: usize, index: u32): void {
  const head = heads + ((<usize>index) << 2);
  store<u32>(block, load<u32>(head));
  store<u32>(head, <u32>block);
}

function extend(bytes: u32): usize {
  const end = <u64>bump + bytes;
  // Linear memory never shrinks: it may exceed what is in use, but not the cap.
  if (end > <u64>__heap_base + limit) return 0;
  const pagesHeld = (<u64>memory.size()) << 16;
  if (end > pagesHeld && memory.grow(<i32>((end - pagesHeld + 0xffff) >> 16)) < 0) return 0;
  const block = bump;
  bump += bytes;
  return block;
}

/** At the cap, a larger free block serves: it is cut in halves until one fits. */
function split(index: u32): usize {
  let from = index;
  while (from <= CLASS_MAX && !load<u32>(heads + ((<usize>from) << 2))) from++;
  if (from > CLASS_MAX) return 0;
  const head = heads + ((<usize>from) << 2);
  const block = <usize>load<u32>(head);
  store<u32>(head, load<u32>(block));
  while (from > index) {
    from--;
    push(block + ((<usize>1) << from), from);
  }
  return block;
}

/**
 * Free neighbours become one run, and each run is split into blocks again, the largest first: memory of many small
 * streams becomes usable for large bodies. Looking at all free blocks costs time in proportion to their number, so it waits for a
 * quarter as many releases: each release pays for a few steps, whatever the traffic is. False when it is not yet time.
 */
function merge(): bool {
  if (releasesSinceMerge < 32 + (freeAfterMerge >> 2)) return false;
  releasesSinceMerge = 0;
  freeAfterMerge = 0;
  let block = sortByAddress(takeAllFree());
  while (block) {
    const start = block;
    let end = start;
    while (block && block == end) {
      end += <usize>load<u32>(block, 4);
      block = <usize>load<u32>(block);
    }
    if (end == bump) bump = start;
    else cut(start, end);
  }
  return true;
}

function cut(start: usize, end: usize): void {
  while (start < end) {
    const index = min(CLASS_MAX, 31 - clz(<u32>(end - start)));
    push(start, index);
    start += (<usize>1) << index;
    freeAfterMerge++;
  }
}

/** One list of all free blocks: | next u32 | size u32 | in each. */
function takeAllFree(): usize {
  let list: usize = 0;
  for (let index = CLASS_MIN; index <= CLASS_MAX; index++) {
    const head = heads + ((<usize>index) << 2);
    let block = <usize>load<u32>(head);
    store<u32>(head, 0);
    while (block) {
      const next = <usize>load<u32>(block);
      store<u32>(block, <u32>list);
      store<u32>(block, 1 << index, 4);
      list = block;
      block = next;
    }
  }
  return list;
}

/** Sorts by radix, nine bits at a time: linear, and in place. Addresses are multiples of 32. */
function sortByAddress(unsorted: usize): usize {
  let list = unsorted;
  for (let shift: u32 = 5; shift < 32; shift += 9) {
    while (list) {
      const next = <usize>load<u32>(list);
      const bucket = buckets + (((list >> shift) & 511) << 3);
      const last = <usize>load<u32>(bucket, 4);
      store<u32>(last ? last : bucket, <u32>list);
      store<u32>(bucket, <u32>list, 4);
      list = next;
    }
    for (let bucket = buckets + 511 * 8; bucket >= buckets; bucket -= 8) {
      const first = <usize>load<u32>(bucket);
      if (!first) continue;
      store<u32>(<usize>load<u32>(bucket, 4), <u32>list);
      list = first;
      store<u64>(bucket, 0);
    }
  }
  return list;
}

/** Bytes in blocks that have an owner. */
export function bytesInUse(): u32 {
  return inUse;
}

/** Bytes that the host gave to this virtual machine. */
export function linearBytes(): u32 {
  return (<u32>memory.size()) << 16;
}

/** One virtual machine has one cap: the largest that a configuration asks for. */
export function raiseLimit(bytes: u32): void {
  limit = max(limit, bytes);
}

/** Whether a reference to an unmanaged object is absent: allocations and look-ups give none that way. */
// @ts-ignore: decorator
@inline
export function isNull<T>(reference: T): bool {
  return changetype<usize>(reference) == 0;
}
