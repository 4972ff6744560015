// Text and bytes in and out of the host. Other files of the library call the host through this one.
import {
  proxy_get_current_time_nanoseconds,
  proxy_get_property,
  proxy_set_effective_context,
} from './imports';

/** | address u32 | size u32 | number u64 |, where the host writes what it returns. */
const out = memory.data(16, 8);

/** Where a host call is to write the address of what it returns. */
export function addressOut(): usize {
  store<u64>(out, 0);
  return out;
}

/** Where it is to write the size. */
export function sizeOut(): usize {
  return out + 4;
}

/** What a host call returned; null where it failed. Its memory came from `proxy_on_memory_allocate`, and is given back. */
export function returnedBytes(result: u32): ArrayBuffer | null {
  if (result != 0) return null;
  const address = <usize>load<u32>(out);
  const size = load<u32>(out, 4);
  const bytes = new ArrayBuffer(size);
  if (size) memory.copy(changetype<usize>(bytes), address, size);
  if (address) heap.free(address);
  return bytes;
}

/** The number that a host call wrote to `addressOut`. */
export function returnedNumber(): u32 {
  return load<u32>(out);
}

export function bytesOf(text: string): ArrayBuffer {
  return String.UTF8.encode(text);
}

export function textOf(bytes: ArrayBuffer): string {
  return String.UTF8.decode(bytes);
}

/** Address of bytes that the host reads. */
export function at(bytes: ArrayBuffer): usize {
  return changetype<usize>(bytes);
}

/** Nanoseconds since 1970. */
export function now(): u64 {
  store<u64>(out, 0, 8);
  proxy_get_current_time_nanoseconds(out + 8);
  return load<u64>(out, 8);
}

/**
 * A property of the proxy, such as `['source', 'address']`: bytes in the host's form. Null where the proxy has it not. The names are
 * Envoy's attributes: https://www.envoyproxy.io/docs/envoy/latest/intro/arch_overview/advanced/attributes
 */
export function propertyBytes(path: string[]): ArrayBuffer | null {
  const bytes = bytesOf(path.join('\0'));
  return returnedBytes(proxy_get_property(at(bytes), bytes.byteLength, addressOut(), sizeOut()));
}

/** A property that is text. */
export function property(path: string[]): string | null {
  const bytes = propertyBytes(path);
  return bytes === null ? null : textOf(bytes);
}

/** Makes a stream the one that host calls are about. False when it is gone. */
export function enterStream(id: u32): bool {
  return proxy_set_effective_context(id) == 0;
}
