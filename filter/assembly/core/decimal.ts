import { Buffer, appendByte } from './buffer';

/** Appends a number in decimal digits. */
export function appendDecimal(buffer: Buffer, value: u64): void {
  if (value >= 10) appendDecimal(buffer, value / 10);
  appendByte(buffer, 48 + <u32>(value % 10));
}
