import { Slice, at, len } from './bytes';

/**
 * Whether the bytes are UTF-8 (RFC 3629: no surrogates, no over-long forms, nothing above U+10FFFF). A protobuf
 * `string` must be: strict decoders refuse the entire message otherwise.
 */
export function isUtf8(bytes: Slice): bool {
  return validLength(bytes) == len(bytes);
}

/** The number of bytes from the start that are complete, valid characters. */
export function validLength(bytes: Slice): u32 {
  const start = at(bytes);
  const end = start + len(bytes);
  let p = start;
  while (p < end) {
    // Many ASCII bytes at a time: nearly all of what the filter sees.
    while (p + 32 <= end && isAscii32(p)) p += 32;
    while (p + 8 <= end && isAscii8(p)) p += 8;
    // The rest of a text is checked with bytes before it, which are valid already.
    if (p >= end || (end - start >= 8 && isAscii8(end - 8) && p + 8 > end)) return len(bytes);
    const size = characterSize(p, end);
    if (!size) break;
    p += size;
  }
  return <u32>(p - start);
}

// @ts-ignore: decorator
@inline
function isAscii8(p: usize): bool {
  return (load<u64>(p) & 0x8080808080808080) == 0;
}

// @ts-ignore: decorator
@inline
function isAscii32(p: usize): bool {
  const bits = load<u64>(p) | load<u64>(p, 8) | load<u64>(p, 16) | load<u64>(p, 24);
  return (bits & 0x8080808080808080) == 0;
}

/** Bytes of the character at `p`; 0 when it is not valid. */
function characterSize(p: usize, end: usize): u32 {
  const first: u32 = load<u8>(p);
  if (first < 0x80) return 1;
  if (first < 0xc2 || first > 0xf4) return 0;
  const size: u32 = first < 0xe0 ? 2 : first < 0xf0 ? 3 : 4;
  if (p + size > end) return 0;
  const second: u32 = load<u8>(p + 1);
  // The second byte's range depends on the first (RFC 3629, section 4).
  const low: u32 = first == 0xe0 ? 0xa0 : first == 0xf0 ? 0x90 : 0x80;
  const high: u32 = first == 0xed ? 0x9f : first == 0xf4 ? 0x8f : 0xbf;
  if (second < low || second > high) return 0;
  for (let i: u32 = 2; i < size; i++) {
    if ((load<u8>(p + i) & 0xc0) != 0x80) return 0;
  }
  return size;
}

/** Whether the bytes end in the middle of a character, so that a cut made the text invalid and nothing else did. */
export function isCutCharacter(bytes: Slice, from: u32): bool {
  const left = len(bytes) - from;
  if (left == 0 || left > 3) return false;
  const first: u32 = load<u8>(at(bytes) + from);
  const size: u32 = first < 0xc2 ? 0 : first < 0xe0 ? 2 : first < 0xf0 ? 3 : first < 0xf5 ? 4 : 0;
  if (size <= left) return false;
  for (let i: u32 = 1; i < left; i++) {
    if ((load<u8>(at(bytes) + from + i) & 0xc0) != 0x80) return false;
  }
  return true;
}
