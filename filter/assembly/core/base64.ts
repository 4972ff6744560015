// Base64 (RFC 4648, section 4), with padding.
import { DIGIT_0, EQUALS, LOWER_A, PLUS, SLASH, UPPER_A, isDigit } from './ascii';
import { Slice, at, len, slice } from './bytes';

const ALPHABET = memory.data<u8>([
  65, 66, 67, 68, 69, 70, 71, 72, 73, 74, 75, 76, 77, 78, 79, 80, 81, 82, 83, 84, 85, 86, 87, 88, 89, 90, 97,
  98, 99, 100, 101, 102, 103, 104, 105, 106, 107, 108, 109, 110, 111, 112, 113, 114, 115, 116, 117, 118, 119,
  120, 121, 122, 48, 49, 50, 51, 52, 53, 54, 55, 56, 57, 43, 47,
]);

export function base64Size(bytes: u32): u32 {
  return ((bytes + 2) / 3) << 2;
}

/** Writes the bytes as base64 and returns the address behind. */
export function writeBase64(to: usize, bytes: Slice): usize {
  let from = at(bytes);
  const end = from + len(bytes);
  while (from + 3 <= end) {
    const three = ((<u32>load<u8>(from)) << 16) | ((<u32>load<u8>(from, 1)) << 8) | (<u32>load<u8>(from, 2));
    putFour(to, three);
    from += 3;
    to += 4;
  }
  if (from == end) return to;
  const two = from + 1 < end;
  putFour(to, ((<u32>load<u8>(from)) << 16) | (two ? (<u32>load<u8>(from, 1)) << 8 : 0));
  store<u8>(to, EQUALS, 3);
  if (!two) store<u8>(to, EQUALS, 2);
  return to + 4;
}

// @ts-ignore: decorator
@inline
function putFour(to: usize, three: u32): void {
  const first = <u32>load<u8>(ALPHABET + (three >> 18));
  const second = <u32>load<u8>(ALPHABET + ((three >> 12) & 63));
  const third = <u32>load<u8>(ALPHABET + ((three >> 6) & 63));
  store<u32>(to, first | (second << 8) | (third << 16) | ((<u32>load<u8>(ALPHABET + (three & 63))) << 24));
}

/** Set by `decodeBase64` when its input is not base64. */
export let base64Failed: bool = false;

/** Decodes in place. */
export function decodeBase64(bytes: Slice): Slice {
  base64Failed = true;
  const length = len(bytes);
  if (length & 3) return 0;
  let size = length;
  if (size && load<u8>(at(bytes) + size - 1) == EQUALS) size--;
  if (size && load<u8>(at(bytes) + size - 1) == EQUALS) size--;
  let to = at(bytes);
  let bits: u32 = 0;
  for (let i: u32 = 0; i < size; i++) {
    const digit = digitOf(load<u8>(at(bytes) + i));
    if (digit > 63) return 0;
    bits = (bits << 6) | digit;
    const step = i & 3;
    // The second digit of four completes the first byte, the third the second, the fourth the third.
    if (step == 1) store<u8>(to++, bits >> 4);
    else if (step == 2) store<u8>(to++, bits >> 2);
    else if (step == 3) store<u8>(to++, bits);
  }
  if ((size & 3) == 1) return 0;
  base64Failed = false;
  return slice(at(bytes), <u32>(to - at(bytes)));
}

function digitOf(byte: u32): u32 {
  if (byte - UPPER_A < 26) return byte - UPPER_A;
  if (byte - LOWER_A < 26) return byte - LOWER_A + 26;
  if (isDigit(byte)) return byte - DIGIT_0 + 52;
  return byte == PLUS ? 62 : byte == SLASH ? 63 : 64;
}
