import type { RequestKey } from './exchange.ts';

export interface Lookup extends RequestKey {
  /** RFC 3339. */
  readonly at: string;
  /** The recording that answered; undefined for a miss. */
  readonly recordingId: number | undefined;
}

const keptMax = 200;

/** The latest lookups since the start, for people to look at. */
export class Lookups {
  hits = 0;
  misses = 0;
  readonly #latest: Lookup[] = [];

  add(key: RequestKey, recordingId: number | undefined): void {
    if (recordingId === undefined) this.misses += 1;
    else this.hits += 1;
    this.#latest.unshift({ ...key, at: new Date().toISOString(), recordingId });
    this.#latest.splice(keptMax);
  }

  /** Newest first. */
  get latest(): readonly Lookup[] {
    return this.#latest;
  }
}
