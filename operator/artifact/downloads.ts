import { LRUCache } from 'lru-cache';

export interface DownloadLimits {
  /** At the same time. */
  readonly total: number;
  /** Of those, by one client. */
  readonly perClient: number;
  /** By one client in a minute. */
  readonly bytesPerMinute: number;
  /** Seconds without progress after which a download gives way to another. */
  readonly stalledSeconds: number;
}

/** A connection that a module is sent on. */
export interface Connection {
  /** Address of the client. */
  readonly remoteAddress?: string | undefined;
  readonly bytesWritten: number;
  destroy(): unknown;
}

interface Download {
  readonly client: string;
  readonly connection: Connection;
  bytes: number;
  /** By `performance.now()`: when it was last seen to make progress. */
  progressAt: number;
}

const minute = 60_000;
const clientsMax = 10_000;

/** Bounds what clients take: a download that nobody reads must not keep others from theirs. */
export class Downloads {
  readonly #limits: DownloadLimits;
  readonly #running = new Set<Download>();
  /** Client → bytes of its current minute. */
  readonly #bytes = new LRUCache<string, number>({ max: clientsMax, ttl: minute, noUpdateTTL: true });

  constructor(limits: DownloadLimits) {
    this.#limits = limits;
  }

  /** @returns what ends the download; undefined if the client has to wait. */
  begin(connection: Connection, sizeBytes: number): (() => void) | undefined {
    const { total, perClient, bytesPerMinute } = this.#limits;
    const client = connection.remoteAddress ?? '';
    const bytes = (this.#bytes.get(client) ?? 0) + sizeBytes;
    const own = [...this.#running].filter((download) => download.client === client);
    if (own.length >= perClient || bytes > bytesPerMinute) return undefined;
    if (this.#running.size >= total && !this.#endStalled()) return undefined;
    this.#bytes.set(client, bytes);
    const download = { client, connection, bytes: connection.bytesWritten, progressAt: performance.now() };
    this.#running.add(download);
    return () => this.#running.delete(download);
  }

  /** @returns whether there was one. */
  #endStalled(): boolean {
    const now = performance.now();
    for (const download of this.#running) {
      const { bytesWritten } = download.connection;
      if (bytesWritten !== download.bytes) {
        download.bytes = bytesWritten;
        download.progressAt = now;
      } else if (now - download.progressAt >= this.#limits.stalledSeconds * 1000) {
        download.connection.destroy();
        this.#running.delete(download);
        return true;
      }
    }
    return false;
  }
}
