import { hostStatuses } from './host-statuses.ts';

/** Linear memory as the host sees it. Whatever reaches beyond it throws, as a trap does. */
export class GuestMemory {
  readonly #memory: WebAssembly.Memory;
  readonly #allocate: (size: number) => number;

  /** @param allocate the filter's `proxy_on_memory_allocate`. */
  constructor(memory: WebAssembly.Memory, allocate: (size: number) => number) {
    this.#memory = memory;
    this.#allocate = allocate;
  }

  get size(): number {
    return this.#memory.buffer.byteLength;
  }

  view(): DataView {
    return new DataView(this.#memory.buffer);
  }

  /** A window on the bytes themselves; the next call into the filter may invalidate it. */
  window(at: number, size: number): Uint8Array {
    return new Uint8Array(this.#memory.buffer, at, size);
  }

  bytes(at: number, size: number): Uint8Array {
    return Uint8Array.from(this.window(at, size));
  }

  /** One character for each byte. */
  text(at: number, size: number): string {
    return Buffer.from(this.window(at, size)).toString('latin1');
  }

  /** Passes bytes to the filter, which says where they belong; their address and size go where the call wants them. */
  give(bytes: Uint8Array, addressAt: number, sizeAt: number): number {
    let at = 0;
    if (bytes.length > 0) {
      at = this.#allocate(bytes.length) >>> 0;
      if (at === 0) return hostStatuses.invalidMemoryAccess;
      this.window(at, bytes.length).set(bytes);
    }
    this.view().setUint32(addressAt, at, true);
    this.view().setUint32(sizeAt, bytes.length, true);
    return hostStatuses.ok;
  }
}
