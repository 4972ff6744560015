/** Decodes base64 or base64url (RFC 4648) with or without padding. Null where the text is neither. */
export function decodeBase64(text: string): ArrayBuffer | null {
  let length = text.length;
  while (length > 0 && text.charCodeAt(length - 1) == 0x3d) length--;
  if (length % 4 == 1) return null;
  const bytes = new Uint8Array((length * 3) >> 2);
  let bits: u32 = 0;
  let count = 0;
  let place = 0;
  for (let i = 0; i < length; i++) {
    const value = sextet(text.charCodeAt(i));
    if (value < 0) return null;
    bits = (bits << 6) | value;
    count += 6;
    if (count >= 8) {
      count -= 8;
      bytes[place++] = <u8>(bits >> count);
    }
  }
  return bytes.buffer;
}

function sextet(code: i32): i32 {
  if (code >= 0x41 && code <= 0x5a) return code - 0x41;
  if (code >= 0x61 && code <= 0x7a) return code - 0x61 + 26;
  if (code >= 0x30 && code <= 0x39) return code - 0x30 + 52;
  if (code == 0x2b || code == 0x2d) return 62;
  return code == 0x2f || code == 0x5f ? 63 : -1;
}
