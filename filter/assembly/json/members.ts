// The members that have been read of each open object, to refuse one that comes again: readers differ in which of the
// two they take.
import { Slice, at } from '../core/bytes';

// No object has more than 11 known members, and no configuration nests deeper than 16.
const ENTRIES_MAX: u32 = 256;

// | 0 | name u32 | name | ... | 0 | name | ... |: a zero and the addresses of names for each object and array
const entries = memory.data(256 * 4, 4);
let used: u32 = 0;

export function startMembers(): void {
  used = 0;
}

export function openMembers(): void {
  push(0);
}

export function closeMembers(): void {
  while (used > 0 && load<u32>(entries + ((<usize>--used) << 2))) continue;
}

/** Notes a member of the innermost object; false when it was there already. `name` is the one constant of that name. */
export function noteMember(name: Slice): bool {
  for (let i = used; i > 0; i--) {
    const known = load<u32>(entries + ((<usize>(i - 1)) << 2));
    if (!known) break;
    if (known == <u32>at(name)) return false;
  }
  return push(<u32>at(name));
}

function push(entry: u32): bool {
  if (used == ENTRIES_MAX) return false;
  store<u32>(entries + ((<usize>used) << 2), entry);
  used++;
  return true;
}
