import { backoffSeconds } from '../api/backoff.ts';
import { ApiError } from './api-error.ts';
import { FairSlots } from './fair-slots.ts';

/** Seconds from the first failure of a key on: doubled each time, up to the cap. */
const backoff = { first: 0.25, longest: 60 };

/** Longest wait that the API server may ask for. */
const retryAfterSecondsMax = 120;

export type Outcome = 'success' | 'requeue_after' | 'error';

export interface WorkQueueOptions {
  /** Keys that are worked on at the same time. Never one key twice. */
  readonly concurrency: number;
  /**
   * Groups take turns, and none has more than half of the slots: the keys of one namespace do not delay those of another.
   * Default: each key is a group of its own.
   */
  readonly groupOf?: (key: string) => string;
  /** @returns seconds until the key is to be looked at again, if nothing happens before. */
  readonly work: (key: string) => Promise<number | undefined>;
  readonly failed: (key: string, error: unknown) => void;
  readonly observer?: QueueObserver;
}

/** What is measured. */
export interface QueueObserver {
  added(): void;
  started(waitedSeconds: number): void;
  finished(outcome: Outcome, tookSeconds: number): void;
}

/**
 * Keys to work on: each waits in here once however often it is added; added while it is worked on, it comes again after; one
 * that fails comes again after a growing time. Holds nothing of a key that is at rest.
 */
export class WorkQueue implements AsyncDisposable {
  readonly #options: WorkQueueOptions;
  readonly #slots: FairSlots;
  /** Key → since when, in the order of arrival. */
  readonly #waiting = new Map<string, number>();
  readonly #running = new Map<string, { readonly since: number; readonly run: Promise<void> }>();
  readonly #addedWhileRunning = new Set<string>();
  readonly #timers = new Map<string, { readonly timer: NodeJS.Timeout; readonly dueAt: number }>();
  readonly #failures = new Map<string, number>();
  #isStarted = false;
  #isClosed = false;

  constructor(options: WorkQueueOptions) {
    this.#options = options;
    const { concurrency: total } = options;
    this.#slots = new FairSlots({ total, perGroup: Math.ceil(total / 2) });
  }

  get depth(): number {
    return this.#waiting.size;
  }

  /** For how long each of the keys in progress has been worked on. */
  runningSeconds(): number[] {
    const now = performance.now();
    return [...this.#running.values()].map(({ since }) => (now - since) / 1000);
  }

  /** Until then keys are taken and wait. */
  start(): void {
    this.#isStarted = true;
    for (const key of this.#waiting.keys()) this.#enter(key);
  }

  add(key: string): void {
    if (this.#isClosed || this.#waiting.has(key)) return;
    if (this.#running.has(key)) {
      this.#addedWhileRunning.add(key);
      return;
    }
    this.#options.observer?.added();
    this.#waiting.set(key, performance.now());
    if (this.#isStarted) this.#enter(key);
  }

  /** The earliest time that was asked for counts. */
  addAfter(key: string, seconds: number): void {
    if (this.#isClosed) return;
    const dueAt = performance.now() + seconds * 1000;
    const present = this.#timers.get(key);
    if (present && present.dueAt <= dueAt) return;
    clearTimeout(present?.timer);
    const timer = setTimeout(() => {
      this.#timers.delete(key);
      this.add(key);
    }, seconds * 1000);
    this.#timers.set(key, { timer, dueAt });
  }

  /** Takes no more keys, and waits for those that are worked on. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#isClosed = true;
    this.#slots.close();
    this.#waiting.clear();
    for (const { timer } of this.#timers.values()) clearTimeout(timer);
    this.#timers.clear();
    await Promise.all([...this.#running.values()].map(({ run }) => run));
  }

  #enter(key: string): void {
    const group = this.#options.groupOf?.(key) ?? key;
    void this.#slots.run(group, () => {
      const addedAt = this.#waiting.get(key) ?? performance.now();
      this.#waiting.delete(key);
      const since = performance.now();
      this.#options.observer?.started((since - addedAt) / 1000);
      const run = this.#run(key);
      this.#running.set(key, { since, run });
      return run;
    });
  }

  async #run(key: string): Promise<void> {
    // This run decides again what is due later.
    clearTimeout(this.#timers.get(key)?.timer);
    this.#timers.delete(key);
    const began = performance.now();
    let outcome: Outcome;
    let again: number | undefined;
    try {
      again = await this.#options.work(key);
      this.#failures.delete(key);
      outcome = again === undefined ? 'success' : 'requeue_after';
    } catch (error) {
      const failures = (this.#failures.get(key) ?? 0) + 1;
      this.#failures.set(key, failures);
      again = Math.max(
        backoffSeconds(backoff, failures),
        Math.min(retryAfterSeconds(error), retryAfterSecondsMax),
      );
      outcome = 'error';
      this.#options.failed(key, error);
    }
    this.#options.observer?.finished(outcome, (performance.now() - began) / 1000);
    this.#running.delete(key);
    if (again !== undefined) this.addAfter(key, again);
    if (this.#addedWhileRunning.delete(key)) this.add(key);
  }
}

/** An API server that is overloaded asks its clients to wait. */
function retryAfterSeconds(error: unknown): number {
  return error instanceof ApiError ? (error.retryAfterSeconds ?? 0) : 0;
}
