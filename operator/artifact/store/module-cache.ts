export interface ModuleCacheOptions {
  /** Bytes of all modules in the cache. One that is longer alone is not kept. */
  readonly bytesMax: number;
  /** Loads at the same time; more are refused, as anyone in the cluster can ask for made-up digests. */
  readonly loadsMax: number;
}

export class TooManyLoads extends Error {}

type Load = (digest: string) => Promise<Uint8Array | undefined>;

/** Modules in memory, the least recently used dropped first. Each is loaded once however many ask for it at once. */
export class ModuleCache {
  readonly #load: Load;
  readonly #options: ModuleCacheOptions;
  /** The most recently used comes last. */
  readonly #modules = new Map<string, Uint8Array>();
  readonly #loading = new Map<string, Promise<Uint8Array | undefined>>();
  #bytes = 0;

  constructor(load: Load, options: ModuleCacheOptions) {
    this.#load = load;
    this.#options = options;
  }

  /** @throws {TooManyLoads} and what loading throws. */
  async get(digest: string): Promise<Uint8Array | undefined> {
    const kept = this.#modules.get(digest);
    if (kept) {
      this.#modules.delete(digest);
      this.#modules.set(digest, kept);
      return kept;
    }
    const underWay = this.#loading.get(digest);
    if (underWay) return underWay;
    if (this.#loading.size >= this.#options.loadsMax) throw new TooManyLoads();
    const loading = this.#load(digest).finally(() => this.#loading.delete(digest));
    this.#loading.set(digest, loading);
    const bytes = await loading;
    if (bytes) this.#keep(digest, bytes);
    return bytes;
  }

  #keep(digest: string, bytes: Uint8Array): void {
    if (bytes.length > this.#options.bytesMax) return;
    this.#modules.set(digest, bytes);
    this.#bytes += bytes.length;
    for (const [oldest, { length }] of this.#modules) {
      if (this.#bytes <= this.#options.bytesMax) return;
      this.#modules.delete(oldest);
      this.#bytes -= length;
    }
  }
}
