import { allocate, release } from './memory';

/**
 * A map from a number above zero to an address: open addressing, linear probing, never more than half full.
 *
 *   | slots u32 | mask u32 | count u32 |          12 bytes
 *       └────► | key u32 | value u32 | key | value | ...   key 0 = empty
 */
@unmanaged
export class Table {
  slots: usize;
  mask: u32;
  count: u32;
}

export function createTable(): Table {
  const table = changetype<Table>(allocate(12));
  table.slots = 0;
  table.mask = 0;
  table.count = 0;
  return table;
}

// Ids come one after the other: a multiplication by the golden ratio spreads them.
// @ts-ignore: decorator
@inline
function hash(key: u32): u32 {
  return (key * 0x9e3779b1) >> 8;
}

export function find(table: Table, key: u32): usize {
  if (!table.slots || !key) return 0;
  let i = hash(key) & table.mask;
  while (true) {
    const slot = table.slots + ((<usize>i) << 3);
    const found = load<u32>(slot);
    if (found == key) return load<u32>(slot, 4);
    if (!found) return 0;
    i = (i + 1) & table.mask;
  }
}

/** Makes room for one more key, so that the next `insert` cannot fail. */
export function makeRoom(table: Table): bool {
  const capacity = table.slots ? table.mask + 1 : 0;
  if ((table.count + 1) << 1 <= capacity) return true;
  const wider: u32 = capacity ? capacity << 1 : 64;
  const slots = allocate(wider << 3);
  if (!slots) return false;
  memory.fill(slots, 0, wider << 3);
  const before = table.slots;
  table.slots = slots;
  table.mask = wider - 1;
  table.count = 0;
  for (let i: u32 = 0; i < capacity; i++) {
    const key = load<u32>(before + ((<usize>i) << 3));
    if (key) put(table, key, load<u32>(before + ((<usize>i) << 3), 4));
  }
  release(before, capacity << 3);
  return true;
}

export function insert(table: Table, key: u32, value: usize): bool {
  if (!key || !makeRoom(table)) return false;
  put(table, key, <u32>value);
  return true;
}

function put(table: Table, key: u32, value: u32): void {
  let i = hash(key) & table.mask;
  while (true) {
    const slot = table.slots + ((<usize>i) << 3);
    const found = load<u32>(slot);
    if (!found || found == key) {
      if (!found) table.count++;
      store<u32>(slot, key);
      store<u32>(slot, value, 4);
      return;
    }
    i = (i + 1) & table.mask;
  }
}

/** Removes a key and moves later ones of its run back, so that no mark of the deleted one stays. */
export function remove(table: Table, key: u32): void {
  if (!find(table, key)) return;
  let hole = hash(key) & table.mask;
  while (load<u32>(table.slots + ((<usize>hole) << 3)) != key) hole = (hole + 1) & table.mask;
  table.count--;
  let next = hole;
  while (true) {
    next = (next + 1) & table.mask;
    const slot = table.slots + ((<usize>next) << 3);
    const moved = load<u32>(slot);
    if (!moved) break;
    const home = hash(moved) & table.mask;
    if (((next - home) & table.mask) < ((next - hole) & table.mask)) continue;
    store<u64>(table.slots + ((<usize>hole) << 3), load<u64>(slot));
    hole = next;
  }
  store<u64>(table.slots + ((<usize>hole) << 3), 0);
}
