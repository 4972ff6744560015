import { DIGIT_0 } from './ascii';
import { Buffer, appendByte } from './buffer';

/** Appends a number in decimal digits. */
export function appendDecimal(buffer: Buffer, value: u64): void {
  if (value >= 10) appendDecimal(buffer, value / 10);
  appendByte(buffer, DIGIT_0 + <u32>(value % 10));
}
