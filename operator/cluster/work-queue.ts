/** Seconds from the first failure of a key on: doubled each time, up to the cap. */
const backoffSecondsMin = 0.25;
const backoffSecondsMax = 60;

export type Outcome = 'success' | 'requeue_after' | 'error';

export interface WorkQueueOptions {
  /** Keys that are worked on at the same time. Never one key twice. */
  readonly concurrency: number;
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
  /** Key → since when, in the order of arrival. */
  readonly #waiting = new Map<string, number>();
  readonly #running = new Map<string, Promise<void>>();
  readonly #addedWhileRunning = new Set<string>();
  readonly #timers = new Map<string, { readonly timer: NodeJS.Timeout; readonly dueAt: number }>();
  readonly #failures = new Map<string, number>();
  #isStarted = false;
  #isClosed = false;

  constructor(options: WorkQueueOptions) {
    this.#options = options;
  }

  get depth(): number {
    return this.#waiting.size;
  }

  /** Until then keys are taken and wait. */
  start(): void {
    this.#isStarted = true;
    this.#startMore();
  }

  add(key: string): void {
    if (this.#isClosed || this.#waiting.has(key)) return;
    if (this.#running.has(key)) {
      this.#addedWhileRunning.add(key);
      return;
    }
    this.#options.observer?.added();
    this.#waiting.set(key, performance.now());
    this.#startMore();
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
    this.#waiting.clear();
    for (const { timer } of this.#timers.values()) clearTimeout(timer);
    this.#timers.clear();
    await Promise.all(this.#running.values());
  }

  #startMore(): void {
    if (!this.#isStarted || this.#isClosed) return;
    for (const [key, since] of this.#waiting) {
      if (this.#running.size >= this.#options.concurrency) return;
      this.#waiting.delete(key);
      this.#options.observer?.started((performance.now() - since) / 1000);
      this.#running.set(key, this.#run(key));
    }
  }

  async #run(key: string): Promise<void> {
    // What is due later is decided anew by this run.
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
      const failures = this.#failures.get(key) ?? 0;
      this.#failures.set(key, Math.min(failures + 1, 30));
      again = Math.min(backoffSecondsMax, backoffSecondsMin * 2 ** failures);
      outcome = 'error';
      this.#options.failed(key, error);
    }
    this.#options.observer?.finished(outcome, (performance.now() - began) / 1000);
    this.#running.delete(key);
    if (again !== undefined) this.addAfter(key, again);
    if (this.#addedWhileRunning.delete(key)) this.add(key);
    this.#startMore();
  }
}
