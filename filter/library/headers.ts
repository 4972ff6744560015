import { addressOut, at, bytesOf, returnedBytes, sizeOut, textOf } from './host';
import {
  proxy_add_header_map_value,
  proxy_get_header_map_pairs,
  proxy_get_header_map_value,
  proxy_remove_header_map_value,
  proxy_replace_header_map_value,
} from './imports';

export class Header {
  constructor(
    public name: string,
    public value: string,
  ) {}
}

/**
 * Headers of the request or response that a callback is about; they cannot be used outside of it. Names are in lower case. Those of a
 * request include `:method`, `:path` and `:authority`, those of a response `:status`.
 */
export class Headers {
  /** @param map proxy-wasm's number of the map. */
  constructor(private map: u32) {}

  /** The first value; null where there is none. */
  get(name: string): string | null {
    const bytes = bytesOf(name);
    const result = proxy_get_header_map_value(this.map, at(bytes), bytes.byteLength, addressOut(), sizeOut());
    const value = returnedBytes(result);
    // Envoy answers with no bytes for a header that is not there: only the list knows an empty one.
    if (value === null || value.byteLength == 0) return this.hasEmpty(name) ? '' : null;
    return textOf(value);
  }

  has(name: string): bool {
    return this.get(name) !== null;
  }

  /** All headers in their order. A name can be there several times. */
  list(): Header[] {
    const bytes = returnedBytes(proxy_get_header_map_pairs(this.map, addressOut(), sizeOut()));
    return bytes === null ? [] : readPairs(bytes);
  }

  /** Replaces every value of the name. */
  set(name: string, value: string): void {
    const key = bytesOf(name);
    const content = bytesOf(value);
    proxy_replace_header_map_value(this.map, at(key), key.byteLength, at(content), content.byteLength);
  }

  /** Adds a value beside those that are there. */
  add(name: string, value: string): void {
    const key = bytesOf(name);
    const content = bytesOf(value);
    proxy_add_header_map_value(this.map, at(key), key.byteLength, at(content), content.byteLength);
  }

  remove(name: string): void {
    const bytes = bytesOf(name);
    proxy_remove_header_map_value(this.map, at(bytes), bytes.byteLength);
  }

  private hasEmpty(name: string): bool {
    const headers = this.list();
    for (let i = 0; i < headers.length; i++) if (headers[i].name == name) return true;
    return false;
  }
}

// | count u32 | name size u32, value size u32 | ... × count | name \0 value \0 | ... × count |   (proxy-wasm 0.2.1, "Serialized maps")

function readPairs(bytes: ArrayBuffer): Header[] {
  const headers: Header[] = [];
  if (bytes.byteLength < 4) return headers;
  const start = at(bytes);
  const end = start + bytes.byteLength;
  const count = load<u32>(start);
  if (count > (<u32>(bytes.byteLength - 4)) >> 3) return headers;
  let sizes = start + 4;
  let place = sizes + ((<usize>count) << 3);
  for (let i: u32 = 0; i < count; i++) {
    const nameSize = load<u32>(sizes);
    const valueSize = load<u32>(sizes, 4);
    if (<u64>place + nameSize + valueSize + 2 > <u64>end) return headers;
    const name = String.UTF8.decodeUnsafe(place, nameSize);
    headers.push(new Header(name, String.UTF8.decodeUnsafe(place + nameSize + 1, valueSize)));
    place += nameSize + valueSize + 2;
    sizes += 8;
  }
  return headers;
}

/** Headers in the form that the host takes. */
export function pairsOf(headers: Header[]): ArrayBuffer {
  const parts: ArrayBuffer[] = [];
  let size = 4 + headers.length * 8;
  for (let i = 0; i < headers.length; i++) {
    const name = bytesOf(headers[i].name);
    const value = bytesOf(headers[i].value);
    parts.push(name);
    parts.push(value);
    size += name.byteLength + value.byteLength + 2;
  }
  // Zeroed, so that the ends of names and values are there.
  const pairs = new ArrayBuffer(size);
  store<u32>(at(pairs), headers.length);
  let place = at(pairs) + 4 + ((<usize>headers.length) << 3);
  for (let i = 0; i < parts.length; i++) {
    const part = parts[i];
    store<u32>(at(pairs) + 4 + ((<usize>i) << 2), part.byteLength);
    memory.copy(place, at(part), part.byteLength);
    place += part.byteLength + 1;
  }
  return pairs;
}
