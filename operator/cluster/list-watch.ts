import { backoffSeconds, type Backoff } from '../api/backoff.ts';
import { setTimeout as sleep } from 'node:timers/promises';
import { ApiError, type Status } from './api-error.ts';
import type { ClusterClient } from './client.ts';
import type { KubernetesObject, ObjectMeta } from './kubernetes-object.ts';
import { jsonLines } from './json-lines.ts';
import { listPages } from './list-pages.ts';

/** Gets what happens to a collection. Handlers only keep and enqueue: they must not wait and must not throw. */
export interface ListWatchHandler<T> {
  /** What is kept of an object. Large lists are cut down page by page. */
  trim(object: KubernetesObject): T;
  /** Whether this very version was put in before, as the answer to a write of ours: it is not trimmed again. */
  isKnown?(metadata: ObjectMeta): boolean;
  /** All there is, after each list. */
  replace(objects: readonly T[]): void;
  upsert(object: T): void;
  remove(object: T): void;
  /** A list or watch failed and will be tried again. */
  failed?(error: Error): void;
}

export interface ListWatchTiming {
  /** What the server is asked to end a watch after. */
  readonly watchSeconds: number;
  /** Silence after which a stream counts as dead. The server sends a bookmark about every 60 s. */
  readonly inactivitySeconds: number;
  /** All is listed again that often: no lost event hurts for longer. */
  readonly relistSeconds: number;
  /** A watch that is open again after so long was interrupted, not lost: it resumes where it was. */
  readonly interruptionSeconds: number;
  readonly backoff: Backoff;
}

const usualTiming: ListWatchTiming = {
  watchSeconds: 290,
  inactivitySeconds: 70,
  relistSeconds: 3600,
  interruptionSeconds: 5,
  backoff: { first: 0.5, longest: 30 },
};

export interface ListWatchOptions<T> {
  /** Path of the collection. */
  readonly path: string;
  readonly labelSelector?: string;
  readonly handler: ListWatchHandler<T>;
  readonly timing?: Partial<ListWatchTiming>;
}

export interface ListWatch extends AsyncDisposable {
  /** Whether the handlers have got a list. */
  isSynced(): boolean;
  /** For how long the watch has been open, but for interruptions; undefined while it is not: much may have changed. Seconds. */
  secondsInSync(): number | undefined;
  /** Ends a wait after failures: the server answers again. */
  retry(): void;
  /** Seconds since the server last sent anything. */
  staleSeconds(): number;
}

/** Longest wait that a server may ask for. */
const retryAfterSecondsMax = 120;

type WatchEvent =
  | { readonly type: 'ADDED' | 'MODIFIED' | 'DELETED' | 'BOOKMARK'; readonly object: KubernetesObject }
  | { readonly type: 'ERROR'; readonly object: Status };

/** Keeps a list and a watch on one collection going, whatever happens to server and network, until disposed. */
export function startListWatch<T>(client: ClusterClient, options: ListWatchOptions<T>): ListWatch {
  const stream = new Stream(client, options);
  const ended = stream.run();
  return {
    isSynced: () => stream.isSynced,
    secondsInSync: () => stream.secondsInSync(),
    retry: () => {
      stream.retry();
    },
    staleSeconds: () => (performance.now() - stream.lastHeard) / 1000,
    async [Symbol.asyncDispose]() {
      stream.stop();
      await ended;
    },
  };
}

class Stream<T> {
  isSynced = false;
  lastHeard = performance.now();
  readonly #client: ClusterClient;
  readonly #options: ListWatchOptions<T>;
  readonly #timing: ListWatchTiming;
  readonly #stopped = new AbortController();
  /** Where to resume watching; undefined: list first. */
  #resourceVersion: string | undefined;
  #listedAt = 0;
  #failures = 0;
  #wait = new AbortController();
  #isOpen = false;
  #openSince = 0;
  #closedAt = -Infinity;

  constructor(client: ClusterClient, options: ListWatchOptions<T>) {
    this.#client = client;
    this.#options = options;
    this.#timing = { ...usualTiming, ...options.timing };
  }

  stop(): void {
    this.#stopped.abort();
  }

  secondsInSync(): number | undefined {
    return this.#isOpen ? (performance.now() - this.#openSince) / 1000 : undefined;
  }

  retry(): void {
    this.#wait.abort();
  }

  async run(): Promise<void> {
    while (!this.#stopped.signal.aborted) {
      try {
        const isDue = performance.now() - this.#listedAt > this.#timing.relistSeconds * 1000;
        if (this.#resourceVersion === undefined || isDue) await this.#list();
        await this.#watch();
      } catch (error) {
        if (this.#stopped.signal.aborted) return;
        await this.#recover(error instanceof Error ? error : new Error(String(error)));
      }
    }
  }

  async #list(): Promise<void> {
    const { handler } = this.#options;
    const objects: T[] = [];
    let resourceVersion: string | undefined;
    const pages = listPages<KubernetesObject>(this.#client, {
      path: this.#options.path,
      query: this.#query(),
      signal: this.#stopped.signal,
      timeoutSeconds: this.#timing.inactivitySeconds,
    });
    for await (const page of pages) {
      for (const item of page.items) objects.push(handler.trim(item));
      resourceVersion = page.resourceVersion;
      this.lastHeard = performance.now();
    }
    handler.replace(objects);
    this.#resourceVersion = resourceVersion;
    this.#listedAt = performance.now();
    this.isSynced = true;
  }

  /** Returns when the server ends the stream in order. */
  async #watch(): Promise<void> {
    const inactivity = this.#inactivity();
    const began = performance.now();
    try {
      const response = await this.#client.request({
        path: this.#options.path,
        query: {
          ...this.#query(),
          watch: 'true',
          allowWatchBookmarks: 'true',
          resourceVersion: this.#resourceVersion ?? '',
          timeoutSeconds: String(this.#timing.watchSeconds),
        },
        signal: AbortSignal.any([this.#stopped.signal, inactivity.signal]),
      });
      this.#opened();
      for await (const event of jsonLines<WatchEvent>(response.body ?? [], () => inactivity.heard())) {
        this.lastHeard = performance.now();
        this.#failures = 0;
        this.#take(event);
      }
    } finally {
      inactivity.clear();
      this.#closed();
    }
    // A server that ends every watch at once must not be asked in a tight loop.
    if (performance.now() - began < 1000) throw new Error('the watch ended at once');
  }

  #opened(): void {
    const now = performance.now();
    if (now - this.#closedAt > this.#timing.interruptionSeconds * 1000) this.#openSince = now;
    this.#isOpen = true;
  }

  #closed(): void {
    if (this.#isOpen) this.#closedAt = performance.now();
    this.#isOpen = false;
  }

  #take(event: WatchEvent): void {
    const { handler } = this.#options;
    if (event.type === 'ERROR') throw new ApiError(event.object.code ?? 500, event.object);
    if (event.type === 'DELETED') handler.remove(handler.trim(event.object));
    else if (event.type !== 'BOOKMARK' && !handler.isKnown?.(event.object.metadata)) {
      handler.upsert(handler.trim(event.object));
    }
    // Only now: an event that could not be taken comes again.
    this.#resourceVersion = event.object.metadata.resourceVersion;
  }

  async #recover(error: Error): Promise<void> {
    // The server no longer knows where we stopped: what happened since is found by listing.
    if (error instanceof ApiError && error.code === 410) this.#resourceVersion = undefined;
    this.#options.handler.failed?.(error);
    this.#failures += 1;
    const exponential = backoffSeconds(this.#timing.backoff, this.#failures);
    const asked =
      error instanceof ApiError ? Math.min(error.retryAfterSeconds ?? 0, retryAfterSecondsMax) : 0;
    // Half of it by chance, so that many watches do not come back at one moment.
    const seconds = asked + exponential * (0.5 + Math.random() / 2);
    this.#wait = new AbortController();
    const signal = AbortSignal.any([this.#stopped.signal, this.#wait.signal]);
    await sleep(seconds * 1000, undefined, { signal }).catch(() => undefined);
  }

  #inactivity() {
    const controller = new AbortController();
    const seconds = this.#timing.inactivitySeconds;
    const timer = setTimeout(() => {
      controller.abort(new Error(`the server sent nothing for ${seconds} s`));
    }, seconds * 1000);
    return {
      signal: controller.signal,
      heard: () => timer.refresh(),
      clear: () => {
        clearTimeout(timer);
      },
    };
  }

  #query(): Record<string, string> {
    const { labelSelector } = this.#options;
    return labelSelector ? { labelSelector } : {};
  }
}
