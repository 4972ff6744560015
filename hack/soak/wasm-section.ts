/** One section of a WebAssembly module. */
export function section(id: number, content: Buffer): Buffer {
  return Buffer.concat([Buffer.from([id]), unsigned(content.length), content]);
}

/** LEB128. */
export function unsigned(value: number): Buffer {
  const bytes: number[] = [];
  let rest = value;
  do {
    bytes.push((rest & 0x7f) | (rest > 0x7f ? 0x80 : 0));
    rest >>>= 7;
  } while (rest > 0);
  return Buffer.from(bytes);
}
