import { LRUCache } from 'lru-cache';

/** client-go's own numbers: so many events of one object at once, and then one in five minutes. */
const burst = 25;
const refillSeconds = 300;
/** Objects that are remembered; one that was forgotten starts with a full budget. */
const subjectsMax = 1000;

interface Budget {
  readonly left: number;
  /** Seconds. */
  readonly at: number;
}

/** Limits the events of each object: a message that alternates must not flood the namespace. */
export class EventBudget {
  readonly #budgets = new LRUCache<string, Budget>({ max: subjectsMax });

  /**
   * @param now seconds of any clock that does not go back.
   * @returns whether one more event may be posted.
   */
  take(uid: string, now: number): boolean {
    const known = this.#budgets.get(uid) ?? { left: burst, at: now };
    const left = Math.min(burst, known.left + (now - known.at) / refillSeconds);
    const isAllowed = left >= 1;
    this.#budgets.set(uid, { left: isAllowed ? left - 1 : left, at: now });
    return isAllowed;
  }
}
