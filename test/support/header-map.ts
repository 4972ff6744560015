/** A header as bytes in a string: one character for each byte (latin1). */
export type Header = readonly [name: string, value: string];

/**
 * The host's form of a header map (proxy-wasm 0.2.1, "Serialized maps"):
 * | count u32 | name size u32, value size u32 | ... × count | name \0 value \0 | ... × count |
 */
export function encodeHeaderMap(headers: readonly Header[]): Uint8Array {
  const contents = headers.flatMap(([name, value]) => [
    Buffer.from(`${name}\0`, 'latin1'),
    Buffer.from(`${value}\0`, 'latin1'),
  ]);
  const sizes = Buffer.alloc(4 + contents.length * 4);
  sizes.writeUInt32LE(headers.length, 0);
  contents.forEach((content, index) => sizes.writeUInt32LE(content.length - 1, 4 + index * 4));
  return Buffer.concat([sizes, ...contents]);
}

/** @throws when the bytes are not exactly one map, as a host would read past them or ignore some. */
export function decodeHeaderMap(bytes: Uint8Array): Header[] {
  const map = Buffer.from(bytes);
  if (map.length === 0) return [];
  const count = map.readUInt32LE(0);
  const headers: Header[] = [];
  let at = 4 + count * 8;
  const text = (size: number) => {
    if (at + size + 1 > map.length || map[at + size] !== 0) throw new Error('a header map is malformed');
    const content = map.toString('latin1', at, at + size);
    at += size + 1;
    return content;
  };
  for (let index = 0; index < count; index++) {
    headers.push([text(map.readUInt32LE(4 + index * 8)), text(map.readUInt32LE(8 + index * 8))]);
  }
  if (at !== map.length) throw new Error(`a header map has ${map.length - at} bytes too many`);
  return headers;
}
