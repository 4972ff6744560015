import type { V1ConfigMap } from '@kubernetes/client-node';
import { LRUCache } from 'lru-cache';
import { chunkIndexOf, pieceOf, type ChunkIndex } from './chunks.ts';

export interface Chunk {
  readonly index: ChunkIndex;
  /** Compressed. */
  readonly piece: Uint8Array;
}

export interface ChunkCacheOptions {
  /** Bytes of all chunks in the cache. One that is longer alone is not kept. */
  readonly bytesMax: number;
  /** Loads at the same time; more are refused, as anyone in the cluster can ask for made-up digests. */
  readonly loadsMax: number;
}

export class TooManyLoads extends Error {}

type Load = (digest: string, index: number) => Promise<V1ConfigMap | undefined>;

/** Chunks in memory, the least recently used dropped first. Each is loaded once however many ask for it at once. */
export class ChunkCache {
  readonly #load: Load;
  readonly #loadsMax: number;
  readonly #chunks: LRUCache<string, Chunk>;
  readonly #loading = new Map<string, Promise<Chunk | undefined>>();

  constructor(load: Load, { bytesMax, loadsMax }: ChunkCacheOptions) {
    this.#load = load;
    this.#loadsMax = loadsMax;
    this.#chunks = new LRUCache({
      maxSize: bytesMax,
      sizeCalculation: ({ piece }) => Math.max(1, piece.length),
    });
  }

  /** @throws {TooManyLoads} for a chunk that says nothing usable, and what loading throws. */
  async get(digest: string, index: number): Promise<Chunk | undefined> {
    const key = `${digest}/${index}`;
    const kept = this.#chunks.get(key);
    if (kept) return kept;
    const underWay = this.#loading.get(key);
    if (underWay) return underWay;
    if (this.#loading.size >= this.#loadsMax) throw new TooManyLoads();
    const loading = this.#read(digest, index).finally(() => this.#loading.delete(key));
    this.#loading.set(key, loading);
    const chunk = await loading;
    if (chunk) this.#chunks.set(key, chunk);
    return chunk;
  }

  async #read(digest: string, index: number): Promise<Chunk | undefined> {
    const object = await this.#load(digest, index);
    const piece = object && pieceOf(object);
    return piece && { index: chunkIndexOf(object.metadata ?? {}), piece };
  }
}
