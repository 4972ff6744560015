import { Arena, take } from './arena';
import { Slice, at, len, lower, lowerInPlace } from './bytes';
import { isNull } from './memory';

/**
 * A list of lower-case names with a filter by length, as most names that are looked up are not in it.
 *
 *   | lengths u64 | first u32 |              bit n: some name has n bytes (63: or more)
 *         └────► | name u64 | next u32 |
 */
@unmanaged
export class Names {
  lengths: u64;
  first: usize;
}

@unmanaged
class Name {
  name: Slice;
  next: usize;
}

/** An empty list; null when memory is short. */
export function createNames(arena: Arena): Names {
  return changetype<Names>(take(arena, 16));
}

/** Adds a name and makes its bytes lower-case where they are. */
export function addName(names: Names, name: Slice, arena: Arena): bool {
  const entry = changetype<Name>(take(arena, 16));
  if (isNull(entry)) return false;
  lowerInPlace(name);
  entry.name = name;
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

/** Whether the name is in the list, letters of either case alike. */
export function hasName(names: Names, name: Slice): bool {
  if (!(names.lengths & lengthBit(len(name)))) return false;
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

export function isEmpty(names: Names): bool {
  return names.first == 0;
}
