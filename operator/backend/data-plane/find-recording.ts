import { notModifiedFields } from '../match/conditional.ts';
import { choose, type ReplayOrder } from '../match/replay-order.ts';
import type { IgnorableField } from '../match/match-fields.ts';
import { select } from '../match/select.ts';
import { answerAttributes, type ExchangeRequest } from '../protocol/exchange.ts';
import type { KeyValue, TracesData } from '../protocol/otlp.ts';
import type { Recordings } from '../store/recordings.ts';

export interface ReplayOptions {
  readonly order: ReplayOrder;
  readonly ignored: readonly IgnorableField[];
  /** Adds `x-softprobe-replayed: <recording id>` to what is replayed. */
  readonly markReplayed: boolean;
}

/** Recordings that are known to have been replayed; more than the store holds by default. */
const rememberedMax = 20_000;

interface Found {
  readonly id: number;
  readonly isNotModified: boolean;
}

/** Finds the recording that answers a request, and remembers which were replayed. */
export class Replayer {
  readonly #recordings: Recordings;
  readonly #options: ReplayOptions;
  readonly #replayed = new Set<number>();

  constructor(recordings: Recordings, options: ReplayOptions) {
    this.#recordings = recordings;
    this.#options = options;
  }

  find(request: ExchangeRequest): { readonly id: number; readonly answer: TracesData } | undefined {
    const found = this.#choose(request);
    const recorded = found && this.#recordings.span(found.id);
    if (!found || !recorded) return undefined;
    this.#remember(found.id);
    const { span } = recorded;
    const attributes = this.#answerOf(found, span.attributes ?? []);
    return {
      id: found.id,
      answer: { resourceSpans: [{ scopeSpans: [{ spans: [{ ...span, attributes }] }] }] },
    };
  }

  /** Starts sequences from their first recording again. */
  rewind(): void {
    this.#replayed.clear();
  }

  #remember(id: number): void {
    this.#replayed.add(id);
    const [oldest] = this.#replayed;
    if (this.#replayed.size > rememberedMax && oldest !== undefined) this.#replayed.delete(oldest);
  }

  /** In a session, which belongs to one client, a recording of other credentials is better than none. */
  #choose(request: ExchangeRequest): Found | undefined {
    const { order, ignored } = this.#options;
    const chosenAmong = (without: readonly IgnorableField[]) =>
      choose(order, this.#matches(request, without), (id) => this.#replayed.has(id));
    const found = chosenAmong(ignored);
    return found ?? (request.key.session === '' ? undefined : chosenAmong([...ignored, 'credentials']));
  }

  *#matches(request: ExchangeRequest, ignored: readonly IgnorableField[]): Generator<Found> {
    const { key, requestHeaders: headers } = request;
    const newestFirst = this.#options.order === 'last';
    for (const { id, variant } of this.#recordings.candidates(request, { ignored, newestFirst })) {
      const { answer } = select(variant, { method: key.method, headers, ignored });
      if (answer !== 'none') yield { id, isNotModified: answer === 'notModified' };
    }
  }

  #answerOf({ id, isNotModified }: Found, recorded: readonly KeyValue[]): KeyValue[] {
    const attributes = isNotModified ? notModified(recorded) : answerAttributes(recorded);
    if (this.#options.markReplayed) {
      attributes.push({
        key: 'http.response.header.x-softprobe-replayed',
        value: { stringValue: String(id) },
      });
    }
    return attributes;
  }
}

function notModified(recorded: readonly KeyValue[]): KeyValue[] {
  const prefix = 'http.response.header.';
  const fields = recorded.filter(
    ({ key }) => key?.startsWith(prefix) && notModifiedFields.has(key.slice(prefix.length).toLowerCase()),
  );
  return [{ key: 'http.response.status_code', value: { intValue: 304 } }, ...fields];
}
