import { Buffer, append, reserve } from '../core/buffer';
import { Slice, at, len, slice } from '../core/bytes';

// A header map as the host passes it (proxy-wasm 0.2.1, "Serialized maps"):
//
//   | count u32 | key size u32, value size u32 | ... × count | key \0 value \0 | ... × count |

/** A cursor over a serialized map; one for the whole module, as maps are never read inside each other. */
let sizes: usize = 0;
let place: usize = 0;
let end: usize = 0;
let left: u32 = 0;

export let key: Slice = 0;
export let value: Slice = 0;

/** Starts reading; false when the map is empty or is not one. */
export function openPairs(map: Slice): bool {
  left = 0;
  if (len(map) < 4) return false;
  const count = load<u32>(at(map));
  if (count == 0 || count > (len(map) - 4) >> 3) return false;
  sizes = at(map) + 4;
  place = sizes + ((<usize>count) << 3);
  end = at(map) + len(map);
  left = count;
  return true;
}

/** Moves `key` and `value` to the next pair; false at the end. */
export function nextPair(): bool {
  if (!left) return false;
  const keySize = load<u32>(sizes);
  const valueSize = load<u32>(sizes, 4);
  if (<u64>place + keySize + valueSize + 2 > <u64>end) return false;
  key = slice(place, keySize);
  value = slice(place + keySize + 1, valueSize);
  place += keySize + valueSize + 2;
  sizes += 8;
  left--;
  return true;
}

/** Starts writing a map of `count` pairs; the pairs follow in order by `writePair`. */
export function beginPairs(buffer: Buffer, count: u32): void {
  const to = reserve(buffer, 4 + (count << 3));
  if (!to) return;
  store<u32>(to, count);
  buffer.length += 4 + (count << 3);
}

export function writePair(buffer: Buffer, index: u32, name: Slice, content: Slice): void {
  if (buffer.failed || !reserve(buffer, len(name) + len(content) + 2)) return;
  // `reserve` may have moved the map.
  const sizesAt = buffer.data + 4 + ((<usize>index) << 3);
  store<u32>(sizesAt, len(name));
  store<u32>(sizesAt, len(content), 4);
  append(buffer, at(name), len(name));
  store<u8>(buffer.data + buffer.length, 0);
  buffer.length++;
  append(buffer, at(content), len(content));
  store<u8>(buffer.data + buffer.length, 0);
  buffer.length++;
}
