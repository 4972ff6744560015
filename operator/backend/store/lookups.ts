import { bodyKey } from '../match/body-key.ts';
import type { ComparedRequest } from '../match/nearest.ts';
import type { ExchangeRequest, Headers, RequestKey } from '../protocol/exchange.ts';

/** What a lookup was answered with. */
export type LookupOutcome =
  | { readonly answer: 'hit'; readonly recordingId: number }
  | { readonly answer: 'miss' }
  | { readonly answer: 'rule'; readonly status: number }
  | { readonly answer: 'strictMiss' };

export interface Lookup {
  readonly id: number;
  /** RFC 3339. */
  readonly at: string;
  readonly key: RequestKey;
  readonly outcome: LookupOutcome;
}

/** What is kept of a miss, to explain it later. */
export interface MissedRequest extends ComparedRequest {
  /** Empty when the body is not text, or too long to be kept. */
  readonly bodyText: string;
  /** Only recordings up to this one were there. */
  readonly lastRecordingId: number;
}

interface Entry {
  readonly lookup: Lookup;
  readonly missed: MissedRequest | undefined;
}

const keptMax = 200;

/** More of a miss is not kept, as 200 of them must not fill the memory. Bytes of a body, characters of headers. */
const keptBodyBytesMax = 64 * 1024;
const keptHeadersMax = 16 * 1024;

/** The latest lookups since the start, for people to look at. */
export class Lookups {
  hits = 0;
  misses = 0;
  #lastId = 0;
  readonly #latest: Entry[] = [];

  add(request: ExchangeRequest, outcome: LookupOutcome, lastRecordingId: number): void {
    const isMiss = outcome.answer === 'miss' || outcome.answer === 'strictMiss';
    if (isMiss) this.misses += 1;
    else this.hits += 1;
    this.#latest.unshift({
      lookup: { id: ++this.#lastId, at: new Date().toISOString(), key: request.key, outcome },
      missed: isMiss ? missedOf(request, lastRecordingId) : undefined,
    });
    this.#latest.splice(keptMax);
  }

  /** Newest first. */
  get latest(): readonly Lookup[] {
    return this.#latest.map(({ lookup }) => lookup);
  }

  /** The request of a miss; undefined for a hit, and for one that is too long ago. */
  missed(id: number): MissedRequest | undefined {
    return this.#latest.find(({ lookup }) => lookup.id === id)?.missed;
  }
}

function missedOf(request: ExchangeRequest, lastRecordingId: number): MissedRequest {
  const { key, requestBody } = request;
  const isKept = typeof requestBody !== 'string' && requestBody.bytes.length <= keptBodyBytesMax;
  return {
    key,
    requestHeaders: shortened(request.requestHeaders),
    bodyKey: bodyKey(request),
    bodyText: isKept ? Buffer.from(requestBody.bytes).toString('utf8') : '',
    lastRecordingId,
  };
}

function shortened(headers: Headers): Headers {
  let length = 0;
  return headers.filter(([name, value]) => (length += name.length + value.length) <= keptHeadersMax);
}
