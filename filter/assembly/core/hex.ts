// Lower-case hexadecimal digits.
const DIGITS = memory.data<u8>([48, 49, 50, 51, 52, 53, 54, 55, 56, 57, 97, 98, 99, 100, 101, 102]);

/** Writes the lowest `bytes` bytes of the number, in the order in which they lie in memory; returns the address behind. */
export function writeHex(to: usize, value: u64, bytes: u32): usize {
  for (let i: u32 = 0; i < bytes; i++) {
    const byte = (<u32>(value >> (i << 3))) & 0xff;
    store<u8>(to++, load<u8>(DIGITS + (byte >> 4)));
    store<u8>(to++, load<u8>(DIGITS + (byte & 15)));
  }
  return to;
}
