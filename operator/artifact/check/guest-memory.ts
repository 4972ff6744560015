const hostStatus = { ok: 0, invalidMemoryAccess: 6 };

/** A module's linear memory as its host sees it. Whatever reaches beyond it throws, as a trap does. */
export class GuestMemory {
  readonly #memory: WebAssembly.Memory;
  readonly #allocate: (size: number) => number;

  /** @param allocate the module's `proxy_on_memory_allocate`. */
  constructor(memory: WebAssembly.Memory, allocate: (size: number) => number) {
    this.#memory = memory;
    this.#allocate = allocate;
  }

  view(): DataView {
    return new DataView(this.#memory.buffer);
  }

  /** A window on the bytes themselves; the next call into the module may invalidate it. */
  window(at: number, size: number): Uint8Array {
    return new Uint8Array(this.#memory.buffer, at, size);
  }

  bytes(at: number, size: number): Uint8Array {
    return Uint8Array.from(this.window(at, size));
  }

  /**
   * Hands bytes to the module, which says where they belong; address and size go where the call wants them.
   * @returns `proxy_status_t` of proxy-wasm 0.2.1
   */
  give(bytes: Uint8Array, addressAt: number, sizeAt: number): number {
    let at = 0;
    if (bytes.length > 0) {
      at = this.#allocate(bytes.length) >>> 0;
      if (at === 0) return hostStatus.invalidMemoryAccess;
      this.window(at, bytes.length).set(bytes);
    }
    this.view().setUint32(addressAt, at, true);
    this.view().setUint32(sizeAt, bytes.length, true);
    return hostStatus.ok;
  }
}
